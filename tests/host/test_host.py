"""The real host, its real readers, and what can happen to them."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pixelwright import __version__
from pixelwright.errors import PixelwrightError
from pixelwright.link import Link, frames, transport
from pixelwright.link.address import host_address
from pixelwright.link.connection import open_connection
from pixelwright.protocol import messages, wire
from tests.conftest import draw_picture
from tests.host.support import NewLink, children, host_state, until, until_running

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and sockets of POSIX")


def job_for(picture: Path, assets_dir: str = "page.assets") -> messages.HtmlJob:
    return messages.HtmlJob(name=picture.name, path=str(picture), assets_dir=assets_dir, inline_assets=False)


async def test_two_clients_share_one_host_that_belongs_to_nobody(
    new_link: NewLink, small_picture: Path
) -> None:
    first, second = new_link(), new_link()
    outcomes = await asyncio.gather(*(link.run("html", job_for(small_picture)) for link in (first, second)))
    for outcome in outcomes:
        assert "Hello" in wire.decode(messages.HtmlOutcome, outcome).document
    states = [await host_state(link) for link in (first, second)]
    assert states[0].pid == states[1].pid
    assert states[0].clients == 2
    assert states[0].finished == 1, "equal jobs are done once"
    parent = Path(f"/proc/{states[0].pid}/stat").read_text().rpartition(")")[2].split()[1]
    assert int(parent) != os.getpid()
    assert states[0].pid not in children(os.getpid())


async def test_only_the_owner_can_reach_it(new_link: NewLink) -> None:
    await new_link().state(start=True)
    address = host_address()
    assert stat.S_IMODE(address.folder.stat().st_mode) == 0o700
    for path in (Path(address.endpoint), address.token, address.lock, address.log):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"token": "0" * 64}, "token"),
        ({"token": ""}, "token"),
        ({"token": "ü"}, "token"),
        ({"protocol": messages.VERSION + 1}, "version"),
        ({"build": "0.0.1"}, "version"),
    ],
)
async def test_wrong_hellos_are_refused(new_link: NewLink, change: dict[str, Any], code: str) -> None:
    link = new_link()
    await link.state(start=True)
    address = host_address()
    hello = {
        "protocol": messages.VERSION,
        "build": __version__,
        "token": address.token.read_text(),
        "client": "stranger",
        **change,
    }
    reader, writer = await transport.connect(address.endpoint)
    writer.write(frames.pack(messages.Hello(**hello)))
    answer = await frames.receive(reader)
    assert isinstance(answer, messages.Error)
    assert answer.code == code
    assert await frames.receive(reader) is None, "the connection is closed"
    writer.close()
    assert (await host_state(link)).clients == 1


@pytest.mark.parametrize(
    "data",
    [b"GET / HTTP/1.1\r\n\r\n", b"\xff\xff\xff\xff", b"\x00\x00\x00\x01\xc1", b"\x00\x01\x00\x01", b""],
    ids=["http", "huge", "no msgpack", "too long a hello", "nothing"],
)
async def test_garbage_does_no_harm(new_link: NewLink, data: bytes) -> None:
    link = new_link()
    await link.state(start=True)
    reader, writer = await transport.connect(host_address().endpoint)
    writer.write(data)
    writer.write_eof()
    answer = await asyncio.wait_for(frames.receive(reader), 5)
    assert answer is None or isinstance(answer, messages.Error)
    writer.close()
    assert (await host_state(link)).clients == 1


async def test_a_folder_of_another_user_is_refused(
    private_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = private_home / "theirs"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("PIXELWRIGHT_RUNTIME_DIR", str(folder))
    if os.getuid() == 0:
        os.chown(folder, 12345, 12345)
    else:
        folder.chmod(0o755)
    with pytest.raises(PixelwrightError, match="another user") as caught:
        await Link("test").state(start=True)
    assert caught.value.code == "unreachable"
    assert not list(folder.iterdir())


async def test_a_folder_open_to_others_is_refused(
    private_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = private_home / "open"
    folder.mkdir(mode=0o700)
    folder.chmod(0o770)
    monkeypatch.setenv("PIXELWRIGHT_RUNTIME_DIR", str(folder))
    with pytest.raises(PixelwrightError, match="others can open it"):
        await Link("test").state(start=True)


async def test_the_socket_of_a_dead_host_is_no_obstacle(new_link: NewLink, small_picture: Path) -> None:
    link = new_link()
    dead = (await link.state(start=True) or pytest.fail("no host")).pid
    os.kill(dead, signal.SIGKILL)
    assert Path(host_address().endpoint).exists()
    other = new_link()
    await other.run("html", job_for(small_picture))
    assert (await host_state(other)).pid != dead


def hosts_in(folder: Path) -> list[str]:
    """The host processes that serve from a folder."""
    found = subprocess.run(["pgrep", "-f", "pixelwright.host --detach"], capture_output=True, text=True)
    marker = str(folder).encode()
    return [pid for pid in found.stdout.split() if marker in Path(f"/proc/{pid}/environ").read_bytes()]


async def test_clients_that_start_at_once_get_one_host(
    new_link: NewLink, private_home: Path, small_picture: Path
) -> None:
    convert = [sys.executable, "-m", "pixelwright", "html", str(small_picture), "--json"]
    running = [
        subprocess.Popen([*convert, "-o", str(private_home / f"{n}.html")], stdout=subprocess.DEVNULL)
        for n in range(4)
    ]
    assert [process.wait(60) for process in running] == [0] * 4

    async def only_one() -> bool:
        return hosts_in(private_home) == [str((await host_state(watcher)).pid)]

    watcher = new_link()
    await until(only_one, 5)


async def test_a_killed_host_costs_no_request(new_link: NewLink, long_picture: Path) -> None:
    link, watcher = new_link(), new_link()
    said: list[str] = []
    running = asyncio.create_task(
        link.run("html", job_for(long_picture), on_progress=lambda _fraction, text: said.append(text))
    )
    first = await until_running(watcher)
    readers = children(first)
    os.kill(first, signal.SIGKILL)
    outcome = wire.decode(messages.HtmlOutcome, await asyncio.wait_for(running, 60))
    assert "wizards" in outcome.document
    assert any("trying once more" in text for text in said)
    assert (await host_state(watcher)).pid != first
    for reader in readers:
        assert not Path(f"/proc/{reader}").exists(), "the dead host's reader is gone too"


async def test_a_request_that_ends_the_host_twice_is_refused(
    new_link: NewLink, long_picture: Path, small_picture: Path
) -> None:
    link = new_link()
    running = asyncio.create_task(link.run("html", job_for(long_picture)))
    killed = set()
    for _ in range(2):
        watcher = new_link()
        pid = await until_running(watcher)
        assert pid not in killed
        killed.add(pid)
        os.kill(pid, signal.SIGKILL)
    with pytest.raises(PixelwrightError, match=r"long\.png ended the host twice") as caught:
        await asyncio.wait_for(running, 60)
    assert caught.value.code == "crashed"
    assert caught.value.hint
    await link.run("html", job_for(small_picture))


async def test_a_killed_reader_costs_no_request(new_link: NewLink, long_picture: Path) -> None:
    link = new_link()
    running = asyncio.create_task(link.run("html", job_for(long_picture)))
    host = await until_running(link)
    for reader in children(host):
        os.kill(reader, signal.SIGKILL)
    outcome = wire.decode(messages.HtmlOutcome, await asyncio.wait_for(running, 60))
    assert "wizards" in outcome.document
    assert (await host_state(link)).pid == host


async def test_two_hundred_jobs_are_all_answered_and_status_is_instant(
    new_link: NewLink, tmp_path: Path
) -> None:
    picture = draw_picture(tmp_path / "tiny.png", ["Hello"], width=300)
    clients = [new_link() for _ in range(4)]
    await clients[0].state(start=True)
    jobs = [
        asyncio.create_task(clients[n % 4].run("html", job_for(picture, f"{n}.assets"))) for n in range(200)
    ]
    watcher = new_link()
    answers = []
    start = time.monotonic()
    while not all(job.done() for job in jobs):
        began = time.monotonic()
        state = await watcher.state()
        answers.append(time.monotonic() - began)
        assert state is not None
        await asyncio.sleep(0.05)
    documents = [wire.decode(messages.HtmlOutcome, job.result()).document for job in jobs]
    assert len(documents) == 200
    assert all("Hello" in document for document in documents)
    assert (await host_state(watcher)).finished == 200
    assert max(answers) < (time.monotonic() - start) / 10, "no answer waited for the queue"


async def test_cancel_of_a_running_and_of_a_waiting_job(
    new_link: NewLink, long_picture: Path, small_picture: Path
) -> None:
    link, other = new_link(), new_link()
    running = asyncio.create_task(link.run("html", job_for(long_picture)))
    await until_running(other)
    waiting = asyncio.create_task(link.run("html", job_for(long_picture, "else.assets")))

    async def queued() -> bool:
        return (await host_state(other)).waiting == 1

    await until(queued)
    waiting.cancel()

    async def withdrawn() -> bool:
        return (await host_state(other)).waiting == 0

    began = time.monotonic()
    await until(withdrawn, 1)
    running.cancel()

    async def idle() -> bool:
        return (await host_state(other)).phase == "idle"

    await until(idle, 3)
    assert time.monotonic() - began < 3
    outcome = await asyncio.wait_for(other.run("html", job_for(small_picture)), 30)
    assert "Hello" in wire.decode(messages.HtmlOutcome, outcome).document


async def test_cancel_is_answered_at_once_even_by_a_stuck_reader(
    new_link: NewLink, long_picture: Path, small_picture: Path
) -> None:
    link = new_link()
    await link.state(start=True)
    connection = await open_connection(host_address(), "raw", start=False)
    job = asyncio.create_task(
        connection.submit(
            "html", wire.encode(job_for(long_picture)), "interactive", lambda *_: None, lambda *_: None
        )
    )
    host = await until_running(link)
    (reader,) = children(host)
    os.kill(reader, signal.SIGSTOP)  # as stuck as a process can be
    began = time.monotonic()
    await connection._send(messages.Cancel(id=1))
    with pytest.raises(PixelwrightError) as caught:
        await asyncio.wait_for(job, 5)
    assert caught.value.code == "cancelled"
    assert time.monotonic() - began < 0.5
    outcome = await asyncio.wait_for(link.run("html", job_for(small_picture)), 30)
    assert "Hello" in wire.decode(messages.HtmlOutcome, outcome).document
    assert not Path(f"/proc/{reader}").exists()
    await connection.close()


async def test_who_hangs_up_gives_up(new_link: NewLink, long_picture: Path, private_home: Path) -> None:
    watcher = new_link()
    terminal = subprocess.Popen(
        [sys.executable, "-m", "pixelwright", "html", str(long_picture)], stderr=subprocess.DEVNULL
    )
    host = await until_running(watcher)
    terminal.kill()
    terminal.wait()

    async def idle() -> bool:
        return (await host_state(watcher)).phase == "idle"

    await until(idle, 5)
    assert not long_picture.with_suffix(".html").exists()
    for child in children(host):
        assert "Z" not in Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]


async def test_a_second_request_for_the_same_page_costs_nothing(
    new_link: NewLink, long_picture: Path
) -> None:
    link = new_link()
    first = await link.run("html", job_for(long_picture))
    began = time.monotonic()
    assert await link.run("html", job_for(long_picture)) == first
    assert time.monotonic() - began < 0.5
    assert (await host_state(link)).finished == 1


async def test_nobody_connected_means_the_host_goes(
    private_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIXELWRIGHT_IDLE_SECONDS", "1")
    link = Link("test")
    state = await link.state(start=True)
    assert state is not None
    await asyncio.sleep(2)
    assert await link.state() is not None, "a connected client keeps it"
    await link.close()

    async def gone() -> bool:
        return not Path(f"/proc/{state.pid}").exists()

    await until(gone, 5)
    assert not Path(host_address().endpoint).exists()
    assert not host_address().token.exists()


async def test_a_host_whose_socket_was_removed_makes_room(new_link: NewLink) -> None:
    link = new_link()
    first = await link.state(start=True)
    assert first is not None
    Path(host_address().endpoint).unlink()
    second = await new_link().state(start=True)
    assert second is not None
    assert second.pid != first.pid


async def test_stop_ends_it(new_link: NewLink) -> None:
    link = new_link()
    state = await link.state(start=True)
    assert state is not None
    assert await new_link().stop_host()

    async def gone() -> bool:
        return not Path(f"/proc/{state.pid}").exists()

    await until(gone, 5)
    assert not await new_link().stop_host()


async def test_a_job_given_up_while_its_reader_starts_is_not_run(
    new_link: NewLink, long_picture: Path
) -> None:
    link, watcher = new_link(), new_link()
    await watcher.state(start=True)
    job = asyncio.create_task(link.run("html", job_for(long_picture)))
    while (await host_state(watcher)).running == 0:
        await asyncio.sleep(0)
    job.cancel()

    async def idle() -> bool:
        return (await host_state(watcher)).phase == "idle"

    await until(idle, 5)
