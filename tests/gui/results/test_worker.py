"""Only the newest wish counts, and nothing is lost or shown twice."""

from __future__ import annotations

import threading

import pytest

from workbench.core.errors import WorkbenchError
from workbench.gui.background.worker import Worker


@pytest.fixture
def worker(qtbot):
    made = Worker(("first", "second"))
    yield made
    made.stop()


def test_a_newer_wish_replaces_a_waiting_one(qtbot, worker):
    gate, results = threading.Event(), []
    worker.ask("second", lambda: gate.wait(10), lambda _: results.append("began"))
    qtbot.waitUntil(lambda: not worker._waiting)
    for number in range(50):
        worker.ask("second", lambda number=number: number, results.append)
    gate.set()
    qtbot.waitUntil(lambda: worker.is_idle)
    assert results == ["began", 49]


def test_kinds_are_served_in_their_order(qtbot, worker):
    gate, results = threading.Event(), []
    worker.ask("first", lambda: gate.wait(10), lambda _: None)
    qtbot.waitUntil(lambda: not worker._waiting)
    worker.ask("second", lambda: 2, results.append)
    worker.ask("first", lambda: 1, results.append)
    gate.set()
    qtbot.waitUntil(lambda: worker.is_idle)
    assert results == [1, 2]


def test_cancelled_work_is_not_delivered(qtbot, worker):
    gate, results = threading.Event(), []
    worker.ask("first", lambda: gate.wait(10), results.append)
    qtbot.waitUntil(lambda: not worker._waiting)
    worker.ask("second", lambda: 2, results.append)
    worker.cancel()
    gate.set()
    with qtbot.waitSignal(worker.idle):
        pass
    assert results == [] and worker.is_idle


def test_work_is_done_elsewhere_and_delivered_here(qtbot, worker):
    places = []
    worker.ask("first", threading.current_thread, places.append)
    qtbot.waitUntil(lambda: worker.is_idle)
    worker.ask("first", lambda: 0, lambda _: places.append(threading.current_thread()))
    qtbot.waitUntil(lambda: worker.is_idle)
    assert places[0] is not threading.main_thread()
    assert places[1] is threading.main_thread()


def test_a_failure_is_told_and_the_next_wish_is_served(qtbot, worker):
    told, results = [], []

    def fail() -> None:
        raise WorkbenchError("the disk is full", path="a.npz")

    worker.ask("first", fail, results.append, told.append)
    qtbot.waitUntil(lambda: worker.is_idle)
    worker.ask("first", lambda: 5, results.append, told.append)
    qtbot.waitUntil(lambda: worker.is_idle)
    assert told == ["a.npz: the disk is full."] and results == [5]


def test_a_bug_is_not_swallowed(qtbot, worker):
    with qtbot.captureExceptions() as caught:
        worker.ask("first", lambda: 1 // 0, lambda _: None, lambda _: None)
        qtbot.waitUntil(lambda: worker.is_idle)
    assert [kind for kind, *_ in caught] == [ZeroDivisionError]


def test_nothing_arrives_after_the_end(worker, qapp):
    results, next_began = [], threading.Event()
    worker.ask("first", lambda: 1, results.append)
    worker.ask("second", next_began.set, results.append)
    assert next_began.wait(10)  # by now the first result is on its way to this thread
    worker.stop()
    worker.ask("first", lambda: 2, results.append)
    qapp.processEvents()
    assert results == []
