"""Work on threads: replaced, cancelled, joined, and delivered on the owner's thread only."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tests.project.helpers import Owner
from workbench.core import background
from workbench.core.background import BackgroundThread, Cancelled, Worker, WorkQueue
from workbench.core.errors import WorkbenchError

LONG = 30.0


class Gate:
    """Work that says when it has begun and ends when it is let; gives twice its number."""

    def __init__(self) -> None:
        self.began: list[int] = []
        self.has_begun = threading.Semaphore(0)
        self.may_end = threading.Semaphore(0)

    def work(self, number: int) -> Callable[[], int]:
        def run() -> int:
            self.began.append(number)
            self.has_begun.release()
            assert self.may_end.acquire(timeout=LONG)
            return 2 * number

        return run

    def wait_begun(self) -> None:
        assert self.has_begun.acquire(timeout=LONG)

    def open(self) -> None:
        for _ in range(50):
            self.may_end.release()


def alive(name: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == name]


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.open()


@pytest.fixture
def queue(owner: Owner, gate: Gate) -> Iterator[WorkQueue[int]]:
    made: WorkQueue[int] = WorkQueue(name="queue", post=owner.post, newest_first=True,
                                     most_waiting=3)
    yield made
    gate.open()
    made.close()
    assert not alive("queue")


def begin(queue: WorkQueue[int], gate: Gate, number: int, got: list[int]) -> None:
    queue.ask(number, gate.work(number), got.append)
    gate.wait_begun()


# --- a queue ------------------------------------------------------------------------------------


def test_the_newest_goes_first_and_the_oldest_are_dropped(
        owner: Owner, gate: Gate, queue: WorkQueue[int]) -> None:
    got: list[int] = []
    begin(queue, gate, 0, got)
    for number in (1, 2, 3, 4, 2):  # three may wait: 1 is dropped, 2 becomes the newest
        queue.ask(number, gate.work(number), got.append)
    gate.open()
    owner.until(lambda: queue.is_idle)
    assert got == [0, 4, 8, 6]


def test_a_newer_request_replaces_a_waiting_one(
        owner: Owner, gate: Gate, queue: WorkQueue[int]) -> None:
    got: list[int] = []
    begin(queue, gate, 0, got)
    for number in range(50):
        queue.ask(1, lambda number=number: number, got.append)  # type: ignore[misc]
    assert queue.waiting == 1
    gate.open()
    owner.until(lambda: queue.is_idle)
    assert got == [0, 49]


def test_what_is_on_its_way_is_not_made_again(
        owner: Owner, gate: Gate, queue: WorkQueue[int]) -> None:
    got: list[int] = []
    begin(queue, gate, 7, got)
    queue.ask(7, gate.work(7), got.append, again=False)
    gate.open()
    owner.until(lambda: queue.is_idle)
    assert got == [14]
    queue.ask(7, gate.work(7), got.append, again=False)  # it has arrived: this is a new request
    owner.until(lambda: queue.is_idle)
    assert got == [14, 14]


def test_requests_out_of_sight_are_forgotten(
        owner: Owner, gate: Gate, queue: WorkQueue[int]) -> None:
    got: list[int] = []
    begin(queue, gate, 0, got)
    for number in (1, 2, 3):
        queue.ask(number, gate.work(number), got.append)
    queue.keep_only(lambda number: number == 2)
    gate.open()
    owner.until(lambda: queue.is_idle)
    assert gate.began == [0, 2] and got == [0, 4]


def test_cancelled_work_is_not_delivered(owner: Owner, gate: Gate, queue: WorkQueue[int]) -> None:
    got: list[int] = []
    begin(queue, gate, 1, got)
    queue.ask(2, lambda: 4, got.append)
    queue.cancel(1)
    gate.open()
    owner.until(lambda: queue.is_idle)
    assert got == [4]
    begin(queue, gate, 3, got)
    queue.ask(4, lambda: 8, got.append)
    queue.cancel()
    owner.until(lambda: queue.is_idle)
    assert got == [4]


def test_nothing_comes_after_a_stop_and_it_can_go_on(
        owner: Owner, gate: Gate, queue: WorkQueue[int]) -> None:
    got: list[int] = []
    begin(queue, gate, 1, got)
    gate.may_end.release()
    begin(queue, gate, 2, got)  # so 1 is made; its result waits for the owner
    gate.open()
    queue.stop()
    assert not alive("queue") and queue.is_idle
    queue.ask(3, gate.work(3), got.append)
    owner.until(lambda: queue.is_idle)
    assert got == [6]


def test_a_closed_queue_takes_nothing(owner: Owner, queue: WorkQueue[int]) -> None:
    queue.close()
    queue.ask(1, lambda: 1, lambda _: None)
    assert queue.is_idle and not alive("queue")


def test_urgent_kinds_go_first(owner: Owner, gate: Gate) -> None:
    kinds = ("first", "second")
    queue: WorkQueue[str] = WorkQueue(name="kinds", post=owner.post, urgency=kinds.index)
    got: list[int] = []
    queue.ask("first", gate.work(0), got.append)
    gate.wait_begun()
    queue.ask("second", lambda: 2, got.append)
    queue.ask("first", lambda: 1, got.append)
    gate.open()
    owner.until(lambda: queue.is_idle)
    queue.close()
    assert got == [0, 1, 2]


def test_no_two_of_a_group_at_the_same_time(owner: Owner, gate: Gate) -> None:
    queue: WorkQueue[int] = WorkQueue(name="groups", post=owner.post, threads=2,
                                      group=lambda number: number % 10)
    got: list[int] = []
    for number in (1, 11, 2):
        queue.ask(number, gate.work(number), got.append)
    gate.wait_begun()
    gate.wait_begun()
    assert sorted(gate.began) == [1, 2]  # 11 waits for 1
    gate.open()
    owner.until(lambda: queue.is_idle)
    queue.close()
    assert gate.began[2] == 11 and sorted(got) == [2, 4, 22]


def test_threads_without_work_end_and_begin_again(
        owner: Owner, gate: Gate, queue: WorkQueue[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "IDLE_SECONDS", 0.001)
    got: list[int] = []
    for number in (1, 2):
        begin(queue, gate, number, got)
        gate.open()
        owner.until(lambda: queue.is_idle and not alive("queue"))
    assert got == [2, 4]


def test_work_is_done_elsewhere_and_delivered_here(owner: Owner, queue: WorkQueue[int]) -> None:
    places: list[threading.Thread] = []

    def work() -> threading.Thread:
        queue.post(lambda: places.append(threading.current_thread()))
        return threading.current_thread()

    queue.ask(1, work, places.append)
    owner.until(lambda: queue.is_idle)
    assert places[0] is threading.current_thread() and places[1].name == "queue"


def test_a_failure_is_told_and_the_next_request_is_served(
        owner: Owner, queue: WorkQueue[int]) -> None:
    told: list[str] = []
    got: list[int] = []

    def fail() -> int:
        raise WorkbenchError("the disk is full", path="a.npz")

    queue.ask(1, fail, got.append, told.append)
    queue.ask(2, lambda: 5, got.append, told.append)
    owner.until(lambda: queue.is_idle)
    assert told == ["a.npz: the disk is full."] and got == [5]


def test_a_bug_is_raised_where_it_is_seen(owner: Owner, queue: WorkQueue[int]) -> None:
    queue.ask(1, lambda: 1 // 0, lambda _: None, lambda _: None)
    with pytest.raises(ZeroDivisionError):
        owner.until(lambda: queue.is_idle)
    assert queue.is_idle


# --- one thing at a time ------------------------------------------------------------------------


def until_cancelled(thread: BackgroundThread) -> int:
    """Work without an end that notices when it is cancelled."""
    assert thread.wait(LONG)
    thread.check()
    return 0


def test_what_is_started_last_replaces_what_is_under_way(owner: Owner) -> None:
    worker = Worker(name="worker", post=owner.post)
    got: list[int] = []
    worker.start(until_cancelled, got.append)
    worker.start(lambda _: 2, got.append)
    worker.join()
    assert worker.busy  # until the result is delivered
    worker.start(lambda _: 3, got.append)
    owner.until(lambda: not worker.busy)
    owner.drain()
    assert got == [3]
    owner.until(lambda: not alive("worker"))


def test_progress_ends_with_a_cancel(owner: Owner) -> None:
    worker = Worker(name="worker", post=owner.post)
    got: list[str] = []

    def work(thread: BackgroundThread) -> None:
        thread.post(lambda: got.append("half"))
        thread.wait(LONG)
        thread.post(lambda: got.append("late"))

    worker.start(work, lambda _: got.append("end"))
    owner.until(lambda: bool(got))
    worker.cancel()
    owner.drain()
    assert got == ["half"] and not worker.busy and not alive("worker")


def test_failures_of_a_worker_are_told_and_bugs_are_raised(owner: Owner) -> None:
    worker = Worker(name="worker", post=owner.post)
    told: list[str] = []

    def fail(_thread: BackgroundThread) -> None:
        raise WorkbenchError("no")

    worker.start(fail, failed=told.append)
    owner.until(lambda: not worker.busy)
    assert told == ["no."]
    worker.start(fail)
    with pytest.raises(WorkbenchError):
        owner.until(lambda: not worker.busy)


# --- a thread -----------------------------------------------------------------------------------


def test_a_thread_that_was_never_started_can_be_ended(owner: Owner) -> None:
    thread = BackgroundThread(until_cancelled, name="thread", post=owner.post)
    thread.cancel()
    thread.join()
    assert not thread.started and not thread.alive
    with pytest.raises(Cancelled):
        thread.check()


def test_nothing_is_posted_once_cancel_has_returned(owner: Owner) -> None:
    posted: list[float] = []

    def post(act: Callable[[], None]) -> None:
        posted.append(time.monotonic())

    def work(thread: BackgroundThread) -> None:
        for _ in range(100_000):
            thread.post(lambda: None)

    thread = BackgroundThread(work, name="thread", post=post).start()
    while not posted:
        thread.join(0.001)
    thread.cancel()
    end = time.monotonic()
    thread.join()
    assert max(posted) <= end


def test_results_of_one_key_arrive_in_their_order() -> None:
    """Also where a thread is slow to hand over what it made, and another one is free."""
    acts: list[Callable[[], None]] = []
    made: list[int] = []
    first, second, both = threading.Event(), threading.Event(), threading.Event()

    def post(act: Callable[[], None]) -> None:
        if not first.is_set():
            first.set()
            queue.ask("a", lambda: 2, made.append)
            second.wait(0.3)
        else:
            second.set()
        acts.append(act)
        if len(acts) == 2:
            both.set()

    queue: WorkQueue[str] = WorkQueue(name="test", post=post, threads=2)
    queue.ask("a", lambda: 1, made.append)
    assert both.wait(LONG)
    for act in acts:
        act()
    queue.close()
    assert made == [1, 2]
