"""An answer's pieces: gathered by the engine's process, passed on once by the link."""

from __future__ import annotations

import time

import pytest

from pixelwright.host.stream import Stream, spoken
from pixelwright.link.pieces import Pieces


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_the_first_piece_comes_at_once_and_later_ones_gathered(clock: Clock) -> None:
    sent: list[str] = []
    stream = Stream(sent.append, thinks=False)
    for word in ("a", "b", "c"):
        stream.add(word)
    assert sent == ["a"]
    clock.now += 1
    stream.add("d")
    assert sent == ["a", "bcd"]
    stream.add("e")
    stream.end("abcdef")
    assert sent == ["a", "bcd", "ef"]
    stream.end("abcdef")
    assert len(sent) == 3


def test_a_thought_is_not_said(clock: Clock) -> None:
    sent: list[str] = []
    stream = Stream(sent.append, thinks=True)
    for word in ("Hm, ", "a house", "</think>", "\n\n", "A ", "house"):
        clock.now += 1
        stream.add(word)
    assert sent == ["A ", "house"]
    assert spoken("Hm, a house</think>\n\nA house", thinks=True) == "A house"
    assert spoken("no end of thought", thinks=True) == ""
    assert spoken("</think> is a mark", thinks=False) == "</think> is a mark"


def test_what_was_passed_on_is_not_passed_on_again() -> None:
    heard: list[tuple[str, str]] = []
    pieces = Pieces(lambda kind, text: heard.append((kind, text)))
    pieces.begin()
    pieces.take("reading", "one")
    pieces.take("document", "<p>")
    pieces.take("document", "Hel")
    pieces.begin()
    pieces.take("reading", "one")
    pieces.take("document", "<p>H")
    assert len(heard) == 3
    pieces.take("document", "ello")
    pieces.take("reading", "two")
    assert heard[3:] == [("document", "lo"), ("reading", "two")]
    pieces.begin()
    pieces.take("document", "<p>Hello</p>")
    assert heard[-1] == ("document", "</p>")
