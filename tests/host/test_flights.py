"""The queue: bounded, fair, single-flight."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pixelwright.errors import PixelwrightError
from pixelwright.host import flights as flights_module
from pixelwright.host.flights import Flight, Flights, Request, flight_key, people_overtake
from pixelwright.host.outcomes import Outcomes
from pixelwright.protocol import messages


def submit(
    number: int, name: str, priority: messages.Priority = "interactive", **more: Any
) -> messages.Submit:
    params = {"name": name, "assetsDir": "a", "inlineAssets": False, **more}
    return messages.Submit(id=number, job="html", priority=priority, params=params)


def add(flights: Flights, session: str, request: messages.Submit) -> Flight:
    return flights.add(session, request, flight_key(request))


def order(flights: Flights) -> list[str]:
    names = []
    while (flight := flights.take()) is not None:
        names.append(flight.params["name"])
        flights.finish(flight)
    return names


def test_people_come_before_watched_files() -> None:
    flights = Flights()
    add(flights, "watch", submit(1, "watched", "background"))
    add(flights, "window", submit(1, "asked for"))
    assert order(flights) == ["asked for", "watched"]


def test_clients_take_turns() -> None:
    flights = Flights()
    for number in range(3):
        add(flights, "greedy", submit(number, f"g{number}"))
    add(flights, "modest", submit(1, "m"))
    assert order(flights) == ["g0", "m", "g1", "g2"]


def test_equal_jobs_fly_once_and_the_most_urgent_wish_counts() -> None:
    flights = Flights()
    first = add(flights, "a", submit(1, "same", "background"))
    assert add(flights, "b", submit(7, "same")) is first
    assert first.requests == [Request("a", 1), Request("b", 7)]
    assert first.priority == "interactive"
    assert add(flights, "b", submit(8, "other")) is not first


def test_a_changed_picture_is_another_job(tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(b"one")
    before = flight_key(submit(1, "a", path=str(picture)))
    assert flight_key(submit(2, "a", path=str(picture))) == before
    picture.write_bytes(b"three")
    assert flight_key(submit(1, "a", path=str(picture))) != before


def test_giving_up_leaves_the_others_waiting() -> None:
    flights = Flights()
    add(flights, "a", submit(1, "same"))
    add(flights, "b", submit(2, "same"))
    running = flights.take()
    withdrawn, abandoned = flights.give_up("a", 1)
    assert withdrawn == [Request("a", 1)]
    assert abandoned == []
    withdrawn, abandoned = flights.give_up("b")
    assert withdrawn == [Request("b", 2)]
    assert abandoned == [running]


def test_a_job_given_up_by_all_is_not_joined() -> None:
    flights = Flights()
    add(flights, "a", submit(1, "same"))
    running = flights.take()
    flights.give_up("a", 1)
    assert add(flights, "b", submit(1, "same")) is not running


def test_too_many_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flights_module, "MAX_WAITING", 3)
    flights = Flights()
    for number in range(3):
        add(flights, "a", submit(number, f"{number}"))
    with pytest.raises(PixelwrightError, match="3 jobs are waiting") as caught:
        add(flights, "a", submit(9, "one more"))
    assert caught.value.code == "busy"


def test_too_many_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flights_module, "MAX_WAITING_BYTES", 10)
    flights = Flights()
    add(flights, "a", submit(1, "one", data=b"123456"))
    with pytest.raises(PixelwrightError):
        add(flights, "a", submit(2, "two", data=b"123456"))
    add(flights, "a", submit(3, "by path"))


def test_outcomes_forget_the_oldest() -> None:
    outcomes = Outcomes(limit=10)
    for key in (b"1", b"2"):
        outcomes.keep(key, {"document": "1234", "assets": []})
    assert outcomes.get(b"1")
    outcomes.keep(b"3", {"document": "", "assets": [{"name": "a", "data": b"1234"}]})
    assert outcomes.get(b"2") is None
    assert outcomes.get(b"1")
    assert outcomes.get(b"3")
    outcomes.keep(b"4", {"document": "x" * 11, "assets": []})
    assert outcomes.get(b"4") is None


def test_flight_is_found_by_identity_not_by_value() -> None:
    one, two = (Flight(1, b"", "html", {}, "interactive", [], 0) for _ in range(2))
    assert one != two


def ask(flights: Flights, number: int, priority: messages.Priority, model: str | None = None) -> Flight:
    params = {"name": f"{number}", "question": "?", "model": model}
    return add(flights, "a", messages.Submit(id=number, job="ask", priority=priority, params=params))


def test_in_the_engine_a_person_starts_beside_background_work() -> None:
    flights = Flights(people_overtake)
    watched = ask(flights, 1, "background")
    assert flights.take() is watched
    person = ask(flights, 2, "interactive")
    assert flights.take() is person
    assert flights.running == [watched, person]
    ask(flights, 3, "interactive")
    ask(flights, 4, "background")
    assert flights.take() is None, "one of each is enough"
    flights.finish(watched)
    assert flights.take() is None, "two persons take turns"
    flights.finish(person)
    assert flights.take() is not None


def test_in_the_engine_background_work_starts_alone() -> None:
    flights = Flights(people_overtake)
    ask(flights, 1, "interactive")
    ask(flights, 2, "background")
    flights.take()
    assert flights.take() is None


def test_background_work_that_a_person_asks_for_too_is_not_overtaken() -> None:
    flights = Flights(people_overtake)
    watched = ask(flights, 1, "background")
    flights.take()
    add(flights, "b", messages.Submit(id=1, job="ask", priority="interactive", params=watched.params))
    ask(flights, 2, "interactive")
    assert flights.take() is None


def test_a_question_to_another_model_waits_for_its_turn() -> None:
    flights = Flights(people_overtake)
    watched = ask(flights, 1, "background", "small")
    flights.take()
    ask(flights, 2, "interactive", "large")
    same = ask(flights, 3, "interactive", "small")
    assert flights.take() is same
    flights.finish(same)
    assert flights.take() is None
    flights.finish(watched)
    assert flights.take() is not None


def test_parameters_that_are_none_harm_nobody() -> None:
    flights = Flights(people_overtake)
    for number in (1, 2):
        submit_odd = messages.Submit(id=number, job="ask", priority="background", params=[number])
        add(flights, "a", submit_odd)
    assert flights.take() is not None
    assert flights.take() is None
