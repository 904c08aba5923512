"""Installing what runs the model: the real pip, an environment and an index of our own, small packages."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import venv
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pip
import pytest

from pixelwright import packages
from pixelwright.model import runtime
from pixelwright.model.pip_output import INSTALLING, PipOutput, failure
from tests.model.package_index import PackageIndex, wheel

SERVER = Path(runtime.__file__).parents[2]
PACKAGES = Path(pip.__file__).parents[1]
METADATA = """Metadata-Version: 2.1
Name: pixelwright
Version: 0.1.0
Requires-Dist: msgpack>=1.1
Requires-Dist: pw-torch>=2.11; extra == "model"
Requires-Dist: pw-small<2,>=1.0; extra == "model"
"""
INSTALL = """
import json
from pixelwright.errors import PixelwrightError
from pixelwright.model import runtime
from pixelwright.progress import Progress
told = []
before = [str(wanted) for wanted in runtime.missing()]
try:
    runtime.install(Progress(lambda *row: told.append(row)))
    error = None
except PixelwrightError as failed:
    error = [failed.code, failed.message, failed.hint]
after = [str(wanted) for wanted in runtime.missing()]
print(json.dumps({"before": before, "after": after, "told": told, "error": error}))
"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the environment is put together with symbolic links")


class Environment:
    """An empty virtual environment in which pixelwright and pip can be imported, and nothing else."""

    def __init__(self, folder: Path, index: PackageIndex) -> None:
        self.folder = folder
        self.temporary = folder / "temporary"
        self.tools = folder / "tools"
        venv.create(folder / "venv", symlinks=True)
        self.temporary.mkdir()
        for found in PACKAGES.glob("pip*"):
            (self.tools / found.name).parent.mkdir(exist_ok=True)
            (self.tools / found.name).symlink_to(found)
        information = self.tools / "pixelwright-0.1.0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(METADATA)
        self.variables = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "HF_"))},
            "PYTHONPATH": os.pathsep.join([str(self.tools), str(SERVER)]),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": index.url,
            "PIP_NO_CACHE_DIR": "1",
            "PIP_RETRIES": "1",
            "TMPDIR": str(self.temporary),
            "HF_HOME": str(folder / "hf"),
            "HF_ENDPOINT": "http://127.0.0.1:9",
        }

    @property
    def command(self) -> list[str]:
        return [str(self.folder / "venv" / "bin" / "python")]

    def install(self, before: str = "", inside: Path | None = None) -> Any:
        """What `runtime.install` did there, after other lines of Python, for somebody inside a folder."""
        script = self.folder / "install.py"
        script.write_text(f"from pixelwright.model import runtime\n{before}\n{INSTALL}")
        done = subprocess.run(
            [*self.command, str(script)],
            cwd=inside,
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def installed(self) -> set[str]:
        [folder] = (self.folder / "venv").glob("lib/python*/site-packages")
        return {path.name for path in folder.iterdir()}


@pytest.fixture
def index() -> Iterator[PackageIndex]:
    with PackageIndex(wheel("pw-torch", "2.13.0", 3_000_000), wheel("pw-small", "1.4", 1000)) as served:
        yield served


@pytest.fixture
def environment(tmp_path: Path, index: PackageIndex) -> Environment:
    return Environment(tmp_path, index)


def test_what_is_missing_is_installed_with_progress(environment: Environment) -> None:
    done = environment.install()
    assert done["error"] is None
    assert done["before"] == ["pw-torch>=2.11", "pw-small<2,>=1.0"]
    assert done["after"] == []
    assert {"pw_torch", "pw_small"} <= environment.installed()
    fractions = [fraction for fraction, _message in done["told"]]
    assert fractions == sorted(fractions)
    assert 0 < fractions[-2] <= fractions[-1] <= 1
    messages = [message for _fraction, message in done["told"]]
    assert "Downloading pw_torch (3.0 MB)" in messages
    assert messages[-1] == "Installing the packages"


def test_what_is_there_is_left_alone(environment: Environment, index: PackageIndex) -> None:
    environment.install()
    index.sending.clear()
    assert environment.install()["told"] == []
    assert not index.sending.is_set()


def test_a_folder_that_somebody_is_in_runs_nothing(environment: Environment, tmp_path: Path) -> None:
    """What pip is told of by a relative path is found there all the same."""
    cloned = tmp_path / "cloned"
    for module in (
        "pixelwright/model/pip_process",
        "pixelwright/errors",
        "pip/__main__",
        "runpy",
        "threading",
    ):
        path = cloned / f"{module}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(f"open({str(tmp_path / 'owned')!r}, 'w')")
    (cloned / "wheels").mkdir()
    for name, data in (wheel("pw-torch", "2.13.0", 10), wheel("pw-small", "1.4", 10)):
        (cloned / "wheels" / name).write_bytes(data)
    environment.variables |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "wheels"}
    done = environment.install(inside=cloned)
    assert not (tmp_path / "owned").exists()
    assert done["error"] is None
    assert done["after"] == []


def test_without_pip_it_says_how_to_get_it(environment: Environment) -> None:
    (environment.tools / "pip").unlink()
    code, message, hint = environment.install()["error"]
    assert code == "missingTool"
    assert environment.command[0] in message
    assert "ensurepip" in hint


def test_an_index_that_does_not_answer(environment: Environment) -> None:
    environment.variables["PIP_INDEX_URL"] = "http://127.0.0.1:9/simple"
    assert environment.install()["error"][0] == "unreachable"


def test_an_index_that_has_no_such_version(environment: Environment, index: PackageIndex) -> None:
    index.wheels = dict([wheel("pw-torch", "2.13.0", 10), wheel("pw-small", "3.0", 10)])
    code, message, _hint = environment.install()["error"]
    assert code == "unsupported"
    assert "pw-small" in message


def test_the_small_build_is_preferred_to_the_usual_one(environment: Environment) -> None:
    with PackageIndex(wheel("pw-torch", "2.13.0+cpu", 10)) as pytorch:
        environment.variables[runtime.INDEX_VARIABLE] = pytorch.url
        assert environment.install()["error"] is None
    assert "pw_torch-2.13.0+cpu.dist-info" in environment.installed()


def test_nobody_gets_gigabytes_who_agreed_to_less(environment: Environment, index: PackageIndex) -> None:
    large = wheel("pw-torch", "2.13.0", 10, "nvidia-pw-cublas")
    index.wheels = dict([large, wheel("nvidia-pw-cublas", "13.0", 10), wheel("pw-small", "1.4", 10)])
    code, message, hint = environment.install(
        "runtime.best_build = lambda: runtime.LINUX\n"
        "runtime.PYTORCH_INDEX = 'http://127.0.0.1:9/'\n"
        "runtime._has_own_index = lambda: False"
    )["error"]
    assert code == "unreachable"
    assert "127.0.0.1:9" in message
    assert runtime.INDEX_VARIABLE in hint
    assert not any("torch" in name for name in environment.installed())
    environment.variables[runtime.INDEX_VARIABLE] = ""
    assert environment.install()["error"] is None


def test_a_full_disk_is_met_before_the_download(environment: Environment, index: PackageIndex) -> None:
    code, message, _hint = environment.install("runtime.OTHERS_BYTES = 10**15")["error"]
    assert code == "noSpace"
    assert str(environment.folder) in message
    assert not index.sending.is_set()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_giving_up_ends_pip_and_leaves_nothing(
    environment: Environment, index: PackageIndex, how: signal.Signals
) -> None:
    index.pause = 0.2
    process = subprocess.Popen(
        [*environment.command, "-m", "pixelwright", "model", "install", "--yes", "--json"],
        env=environment.variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert index.sending.wait(30), process.communicate()[1]
    assert process.stderr is not None
    while "Downloading pw_torch" not in process.stderr.readline():
        pass
    began = time.monotonic()
    process.send_signal(how)
    process.communicate(timeout=20)
    assert time.monotonic() - began < 5.0, "it is waited for"
    assert process.returncode == (-how if how == signal.SIGKILL else 130)
    while children := _processes(environment):
        assert time.monotonic() - began < 10, f"still there: {children}"
        time.sleep(0.1)
    assert list(environment.temporary.iterdir()) == []
    assert "pw_torch" not in environment.installed()


def _processes(environment: Environment) -> list[str]:
    """The command lines that run in an environment."""
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if environment.command[0] in line]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("error: externally-managed-environment\n\n× This environment is externally managed", "target"),
        (
            "ERROR: Could not install packages: [Errno 28] No space left on device",
            "noSpace",
        ),
        (
            "ERROR: Could not install packages: [Errno 13] Permission denied: '/usr'",
            "target",
        ),
        (
            "Could not fetch URL: (Caused by SSLError(SSLCertVerificationError(1, ...",
            "unreachable",
        ),
        (
            "NewConnectionError('... name resolution')\nNo matching distribution",
            "unreachable",
        ),
        ("ERROR: No matching distribution found for torch>=2.11", "unsupported"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "internal"),
        ("", "internal"),
    ],
)
def test_what_pip_says_becomes_a_sentence(said: str, code: str) -> None:
    error = failure(deque(said.splitlines()))
    assert error.code == code
    assert error.hint


def test_progress_counts_what_was_cached_too() -> None:
    output = PipOutput(expected=1000_000_000)
    assert output.read("Collecting torch>=2.11") == (0, "Looking for torch")
    assert output.read("  Downloading torch-2.13.0-cp311-x.whl.metadata (30 kB)") == (0, "Looking at torch")
    assert output.read("Using cached torch-2.13-x.whl (500.0 MB)") == (0, "Downloading torch (500.0 MB)")
    message = "Downloading tokenizers (4.0 MB)"
    assert output.read("Downloading tokenizers-0.22-x.whl (4.0 MB)") == (INSTALLING * 0.5, message)
    half_way = output.read("Progress 2000000 of 4000000")
    assert half_way is not None
    assert half_way[0] == pytest.approx(INSTALLING * 0.502)
    assert output.read("Collecting sympy") == (half_way[0], "Looking for sympy")
    assert output.read("Progress 9000000000 of 4000000") == (INSTALLING, message)
    assert output.read("Installing collected packages: torch") == (INSTALLING, "Installing the packages")
    assert output.read("something else") is None


def test_the_small_build_is_chosen_where_the_large_one_is_of_no_use(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", runtime.INDEX_VARIABLE):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setattr(runtime, "best_build", lambda: runtime.LINUX)
    assert runtime._index() == ["--extra-index-url", f"{runtime.PYTORCH_INDEX}cpu"]
    monkeypatch.setenv(runtime.INDEX_VARIABLE, "http://mine/")
    assert runtime._index() == ["--extra-index-url", "http://mine/"]
    monkeypatch.setenv(runtime.INDEX_VARIABLE, "")
    assert runtime._index() == []
    monkeypatch.delenv(runtime.INDEX_VARIABLE)
    monkeypatch.setenv("PIP_INDEX_URL", "http://company/simple")
    assert runtime._index() == [], "whoever has an index of their own has chosen"
    monkeypatch.delenv("PIP_INDEX_URL")
    monkeypatch.setattr(runtime, "best_build", lambda: runtime.LINUX_NVIDIA)
    assert runtime._index() == []


def test_the_build_follows_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for system, nvidia, build in [
        ("linux", True, runtime.LINUX_NVIDIA),
        ("linux", False, runtime.LINUX),
        ("win32", True, runtime.WINDOWS_NVIDIA),
        ("win32", False, runtime.WINDOWS),
        ("darwin", False, runtime.MACOS),
    ]:
        monkeypatch.setattr(sys, "platform", system)
        monkeypatch.setattr(runtime, "_has_nvidia", lambda nvidia=nvidia: nvidia)
        assert runtime.best_build() == build


def test_the_extra_is_what_the_project_says() -> None:
    names = {wanted.name for wanted in packages.requirements(runtime.EXTRA)}
    assert {"torch", "transformers", "huggingface-hub", "filelock", "tokenizers", "safetensors"} == names
    assert not names & {wanted.name for wanted in packages.requirements()}
    assert runtime.missing() == ()
    assert runtime.download_bytes() == 0
