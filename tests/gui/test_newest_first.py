"""What was wished for last is made first, once, and nothing comes after a stop."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from workbench.gui.background.newest_first import NewestFirst


class Slow:
    """Makes a wish's double, but only when it is let."""

    def __init__(self) -> None:
        self.began: list[int] = []
        self.has_begun = threading.Semaphore(0)
        self.may_end = threading.Semaphore(0)

    def __call__(self, wish: int) -> int:
        self.began.append(wish)
        self.has_begun.release()
        assert self.may_end.acquire(timeout=30)
        return 2 * wish


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def line(slow: Slow, qtbot: QtBot) -> Iterator[NewestFirst[int]]:
    made: NewestFirst[int] = NewestFirst(slow, name="doubles", waiting=3)
    yield made
    for _ in range(20):
        slow.may_end.release()
    made.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "doubles"]


def collect(line: NewestFirst[int]) -> list[tuple[int, int]]:
    got: list[tuple[int, int]] = []
    line.made.connect(lambda wish, made: got.append((wish, made)))
    return got


def begin(line: NewestFirst[int], slow: Slow, wish: int) -> None:
    line.ask(wish)
    assert slow.has_begun.acquire(timeout=30)


def let_all(slow: Slow) -> None:
    for _ in range(20):
        slow.may_end.release()


def test_the_newest_goes_first_and_the_oldest_are_dropped(
        line: NewestFirst[int], slow: Slow, qtbot: QtBot) -> None:
    got = collect(line)
    begin(line, slow, 0)
    for wish in (1, 2, 3, 4, 2):  # three may wait: 1 is dropped, 2 becomes the newest
        line.ask(wish)
    let_all(slow)
    qtbot.waitUntil(lambda: len(got) == 4)
    assert got == [(0, 0), (2, 4), (4, 8), (3, 6)]


def test_what_is_on_its_way_is_not_made_again(
        line: NewestFirst[int], slow: Slow, qtbot: QtBot) -> None:
    got = collect(line)
    begin(line, slow, 7)
    line.ask(7)
    let_all(slow)
    qtbot.waitUntil(lambda: got == [(7, 14)])
    line.ask(7)  # it has arrived: this is a new wish
    qtbot.waitUntil(lambda: got == [(7, 14), (7, 14)])
    assert slow.began == [7, 7]


def test_wishes_out_of_sight_are_forgotten(
        line: NewestFirst[int], slow: Slow, qtbot: QtBot) -> None:
    got = collect(line)
    begin(line, slow, 0)
    for wish in (1, 2, 3):
        line.ask(wish)
    line.keep_only(lambda wish: wish == 2)
    let_all(slow)
    qtbot.waitUntil(lambda: len(got) == 2)
    assert slow.began == [0, 2]


def test_nothing_comes_after_a_stop_and_it_can_go_on(
        line: NewestFirst[int], slow: Slow, qtbot: QtBot) -> None:
    got = collect(line)
    begin(line, slow, 1)
    slow.may_end.release()
    begin(line, slow, 2)  # so 1 is made; its signal waits for the event loop
    let_all(slow)
    line.stop()
    line.ask(3)
    qtbot.waitUntil(lambda: (3, 6) in got)
    assert got == [(3, 6)]
