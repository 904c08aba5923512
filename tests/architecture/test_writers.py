"""Who may write files: the writer module, the editor's edits, and the host's own small files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVER = Path(__file__).parents[2] / "server" / "pixelwright"

ALLOWED = {
    "atomic.py": "the one way of writing: a temporary file, then rename",
    "bench/memory.py": "resets the process's high-water mark of memory, in /proc",
    "bench/subject.py": "makes a checkpoint without weights in a temporary folder that it removes",
    "files.py": "puts pages and their pictures in place",
    "host/__main__.py": "makes the token in the private runtime folder",
    "link/launch.py": "opens the host's log in the private runtime folder",
    "model/fetch.py": "downloads into the hub's cache, where a file has its name only when it is whole",
    "page/browser.py": "frames the page in a temporary folder that it removes",
    "link/lock.py": "makes the lock in the private runtime folder",
}
ATOMIC_WRITERS = {
    "files.py": "writes what the user asked for",
    "ledger.py": "notes in the state folder what was written",
    "terminal/bench.py": "writes the report that the user asked for",
    "model/hub.py": "notes in the hub's cache which commit a revision is",
}

WRITING_METHODS = {"write_text", "write_bytes", "touch", "symlink_to", "hardlink_to", "rename"}
WRITING_FUNCTIONS = {
    ("os", "replace"),
    ("os", "rename"),
    ("os", "link"),
    ("os", "symlink"),
    ("os", "truncate"),
    ("shutil", "copy"),
    ("shutil", "copy2"),
    ("shutil", "copyfile"),
    ("shutil", "copytree"),
    ("shutil", "move"),
    ("cv2", "imwrite"),
    ("np", "save"),
    ("tempfile", "mkstemp"),
    ("tempfile", "NamedTemporaryFile"),
}
OPENERS = {"open"}  # not fdopen: whoever made the descriptor is found by that
WRITING_FLAGS = {"O_WRONLY", "O_RDWR", "O_CREAT", "O_APPEND", "O_TRUNC"}  # without one, os.open only reads


def writes(source: str) -> Iterator[int]:
    """The lines of a module that open a file for writing, write one, or move one into place."""
    for node in ast.walk(ast.parse(source)):
        if (isinstance(node, ast.Call) and _writes(node)) or (
            isinstance(node, ast.Attribute) and node.attr in WRITING_FLAGS
        ):
            yield node.lineno


def _writes(call: ast.Call) -> bool:
    function = call.func
    if isinstance(function, ast.Name):
        return function.id in OPENERS and _for_writing(call)
    if not isinstance(function, ast.Attribute):
        return False
    owner = function.value.id if isinstance(function.value, ast.Name) else ""
    if (owner, function.attr) in WRITING_FUNCTIONS or function.attr in WRITING_METHODS:
        return True
    if function.attr == "replace":  # of a path; a text's takes two
        return len(call.args) == 1 and not call.keywords
    return function.attr in OPENERS and _for_writing(call)


def _for_writing(call: ast.Call) -> bool:
    words = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
    modes = [word.value for word in words if isinstance(word, ast.Constant) and isinstance(word.value, str)]
    return any(set(mode) <= set("rwaxbt+") and set(mode) & set("wax+") for mode in modes)


@pytest.mark.parametrize(
    ("line", "is_write"),
    [
        ("open(path)", False),
        ("open(path, 'rb')", False),
        ("open('wax.txt')", False),
        ("open(path, 'wb')", True),
        ("open(path, mode='a')", True),
        ("path.open('r+')", True),
        ("path.open()", False),
        ("os.open(path, os.O_RDONLY)", False),
        ("os.open(path, os.O_CREAT | os.O_EXCL)", True),
        ("how = os.O_RDWR; os.open(path, how)", True),
        ("descriptor, name = tempfile.mkstemp()", True),
        ("staged.replace(path)", True),
        ("path.write_text('x')", True),
        ("os.replace(a, b)", True),
        ("text.replace('a', 'b')", False),
        ("shutil.rmtree(folder)", False),
        ("cv2.imwrite('a.png', pixels)", True),
    ],
)
def test_the_search_knows_a_write_when_it_sees_one(line: str, is_write: bool) -> None:
    assert bool(list(writes(line))) == is_write


def test_only_the_writer_writes_files() -> None:
    found = {name: lines for name, source in _modules() if (lines := list(writes(source)))}
    assert set(found) - set(ALLOWED) == set(), f"lines that write: {found}"
    assert set(ALLOWED) - set(found) == set(), "allowed, but writes nothing any more"


def test_only_the_writer_and_the_ledger_use_the_one_way_of_writing() -> None:
    found = {name for name, source in _modules() if "pixelwright.atomic" in _imports(source)}
    assert found == set(ATOMIC_WRITERS)


def _modules() -> Iterator[tuple[str, str]]:
    for module in sorted(SERVER.rglob("*.py")):
        yield module.relative_to(SERVER).as_posix(), module.read_text(encoding="utf-8")


def _imports(source: str) -> set[str]:
    nodes = list(ast.walk(ast.parse(source)))
    froms = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return {
        *(alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names),
        *(node.module for node in froms if node.module),
        *(f"{node.module}.{alias.name}" for node in froms for alias in node.names),
    }
