"""The window's end of the engine, against a real child process and against event storms."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from workbench.gui.app.engine_client import (
    LOG_LINES_PER_DELIVERY,
    STEPS_PER_DELIVERY,
    EngineClient,
    coalesce,
)
from workbench.jobs.commands import Command, Control, Train, TrainRequest
from workbench.jobs.events import (
    Epoch,
    Event,
    Failed,
    Finished,
    LogLine,
    Paused,
    Progress,
    Ready,
    Step,
    Unpaused,
)
from workbench.jobs.runner import EngineProcess


def step(number: int, job: str = "job-1", loss: float = 1.0, epoch: int = 1) -> Step:
    return Step(job, epoch, 2, number, 100, {"loss": loss}, 0.1, 10.0, {"data": 1.0}, 0.1, 9.0)


# --- coalescing ---------------------------------------------------------------------------------


def test_steps_of_a_burst_become_means() -> None:
    merged = coalesce([step(number, loss=number) for number in range(1, 1601)])
    assert len(merged) == STEPS_PER_DELIVERY
    assert all(isinstance(item, Step) for item in merged)
    losses = [item.losses["loss"] for item in merged if isinstance(item, Step)]
    assert sum(losses) / len(losses) == pytest.approx(800.5)
    assert isinstance(merged[-1], Step) and merged[-1].step == 1600


def test_few_steps_stay_as_they_are() -> None:
    steps = [step(number) for number in range(STEPS_PER_DELIVERY)]
    assert coalesce(steps) == steps


def test_a_loss_that_is_no_number_does_not_spoil_the_mean() -> None:
    steps = [step(number) for number in range(STEPS_PER_DELIVERY * 2)]
    steps[0] = step(0, loss=None)  # type: ignore[arg-type]  # what JSON makes of NaN
    assert all(item.losses["loss"] == 1.0 for item in coalesce(steps) if isinstance(item, Step))


events = st.one_of(
    st.builds(step, st.integers(1, 50), st.sampled_from(["a", "b"]), epoch=st.integers(1, 2)),
    st.sampled_from([Progress("a", "Measuring", 1, 3), Paused("a"), Unpaused("a"),
                     Finished("a", "finished", {}), Failed("b", "no"), LogLine("info", "x"),
                     Epoch("a", 1, 2, {}, {}, 1.0, True)]),
)


@given(st.lists(events, max_size=200))
def test_nothing_but_steps_progress_and_log_is_ever_left_out(burst: list[Event]) -> None:
    shortened = coalesce(burst)

    def others(items: list[Event]) -> list[Event]:
        return [item for item in items if not isinstance(item, Step | Progress | LogLine)]

    assert others(shortened) == others(burst)
    for job in "ab":
        before = [e.step for e in burst if isinstance(e, Step) and e.job == job]
        after = [e.step for e in shortened if isinstance(e, Step) and e.job == job]
        assert not before or after[-1] == before[-1]


def test_a_flood_of_log_lines_is_cut() -> None:
    lines = coalesce([LogLine("info", str(number)) for number in range(5000)])
    assert len(lines) == LOG_LINES_PER_DELIVERY + 1
    assert isinstance(lines[-1], LogLine) and lines[-1].text == "4999"


# --- delivery -----------------------------------------------------------------------------------


class Storm:
    """An engine that says 20,000 steps as fast as it can."""

    def __init__(self, count: int = 20_000) -> None:
        self.count = count
        self.on_event: Callable[[Event], None] = lambda event: None
        self.on_exit: Callable[[int, str], None] = lambda code, reason: None
        self.thread = threading.Thread(target=self._work)

    def start(self) -> None:
        self.thread.start()

    def send(self, command: Command) -> None:
        pass

    def stop(self) -> None:
        self.thread.join()

    def _work(self) -> None:
        self.on_event(Ready([], {}))
        for number in range(1, self.count + 1):
            self.on_event(step(number))
        self.on_event(Finished("job-1", "finished", {}))


def test_a_storm_reaches_the_window_thread_in_few_pieces(qtbot: QtBot) -> None:
    client = EngineClient(Storm)
    seen: list[Event] = []
    threads: set[str] = set()
    client.event.connect(seen.append)
    client.event.connect(lambda _: threads.add(threading.current_thread().name))
    client.start()
    qtbot.waitUntil(lambda: any(isinstance(event, Finished) for event in seen), timeout=30_000)
    steps = [event.step for event in seen if isinstance(event, Step)]
    assert threads == {threading.main_thread().name}
    assert steps == sorted(steps) and steps[-1] == 20_000
    assert len(steps) < 2_000
    client.stop(wait_seconds=5)


# --- a real child process -----------------------------------------------------------------------

MakeClient = Callable[..., EngineClient]


def test_states_from_off_to_ready_to_busy_and_back(
    qtbot: QtBot, make_client: MakeClient, tmp_path: object
) -> None:
    client = make_client(epochs=1, steps=3)
    states: list[str] = []
    client.state_changed.connect(lambda: states.append(client.state))
    assert client.state == "off"
    client.start()
    assert client.state == "starting"  # at once, long before the process answers
    qtbot.waitUntil(lambda: client.state == "ready", timeout=30_000)
    assert client.devices == [{"id": "cpu", "name": "2 cores", "memory": 24 << 30}]
    with qtbot.waitSignal(client.event, check_params_cb=lambda e: isinstance(e, Finished),
                          timeout=30_000):
        client.send(Train(client.new_job(), str(tmp_path), TrainRequest()))
        assert client.state == "busy"
    qtbot.waitUntil(lambda: client.state == "ready")
    assert list(dict.fromkeys(states)) == ["starting", "ready", "busy"]


def test_sending_to_an_engine_that_is_off_starts_it(
    qtbot: QtBot, make_client: MakeClient, tmp_path: object
) -> None:
    client = make_client(epochs=1, steps=2)
    with qtbot.waitSignal(client.event, check_params_cb=lambda e: isinstance(e, Finished),
                          timeout=30_000):
        client.send(Train(client.new_job(), str(tmp_path), TrainRequest()))


def test_steering_a_job_that_has_gone_starts_no_engine(make_client: MakeClient) -> None:
    client = make_client(epochs=1, steps=1)
    for action in ("pause", "cancel"):
        client.send(Control("job-1", action))
    assert client.state == "off" and client.jobs == {}


def test_a_crash_ends_its_jobs_says_so_and_starts_again(
    qtbot: QtBot, make_client: MakeClient, tmp_path: object
) -> None:
    client = make_client(epochs=2, steps=5, die_at=7)
    seen: list[Event] = []
    told: list[str] = []
    client.event.connect(seen.append)
    client.crashed.connect(told.append)
    job = client.new_job()
    client.send(Train(job, str(tmp_path), TrainRequest()))
    qtbot.waitUntil(lambda: bool(told), timeout=30_000)
    ended = [event for event in seen if isinstance(event, Failed)]
    assert [(event.job, event.resumable) for event in ended] == [(job, True)]
    assert "code 9" in told[0] and "safe" in told[0]
    assert client.jobs == {}
    qtbot.waitUntil(lambda: client.state == "ready", timeout=30_000)


class Broken:
    """A process that ends before it is ready."""

    started = 0

    def __init__(self) -> None:
        self.on_event: Callable[[Event], None] = lambda event: None
        self.on_exit: Callable[[int, str], None] = lambda code, reason: None

    def start(self) -> None:
        Broken.started += 1
        self.on_exit(1, "torch is missing")

    def send(self, command: Command) -> None:
        raise BrokenPipeError

    def stop(self) -> None:
        pass


def test_an_engine_that_never_gets_ready_is_not_started_for_ever(qtbot: QtBot) -> None:
    client = EngineClient(Broken)
    Broken.started = 0
    with qtbot.waitSignal(client.crashed) as told:
        client.start()
    assert client.state == "failed" and "torch is missing" in told.args[0]
    assert Broken.started == 1
    with qtbot.waitSignal(client.crashed):
        client.restart()  # but the person may try again
    assert Broken.started == 2
    client.stop(wait_seconds=5)


class Fleeting:
    """A process that gets ready and dies at once, each time."""

    started = 0

    def __init__(self) -> None:
        self.on_event: Callable[[Event], None] = lambda event: None
        self.on_exit: Callable[[int, str], None] = lambda code, reason: None

    def start(self) -> None:
        Fleeting.started += 1
        self.on_event(Ready([], {}))
        self.on_exit(-11, "segmentation fault")

    def send(self, command: Command) -> None:
        pass

    def stop(self) -> None:
        pass


def test_an_engine_that_keeps_dying_is_given_up(qtbot: QtBot) -> None:
    Fleeting.started = 0
    client = EngineClient(Fleeting)
    client.start()
    qtbot.waitUntil(lambda: client.state == "failed" and Fleeting.started == 4)
    client.stop(wait_seconds=5)


def test_stopping_leaves_no_thread_no_process_and_no_object(
    qtbot: QtBot, scripted: Callable[..., EngineProcess], tmp_path: object
) -> None:
    threads = set(threading.enumerate())
    children = set(psutil.Process().children())
    client = EngineClient(lambda: scripted(epochs=50, steps=50, pause=0.01))
    client.send(Train(client.new_job(), str(tmp_path), TrainRequest()))
    with qtbot.waitSignal(client.event, check_params_cb=lambda e: isinstance(e, Step),
                          timeout=30_000):
        pass
    client.send(Control("job-1", "pause"))
    client.stop(wait_seconds=60)
    assert client.state == "off" and client.jobs == {}
    qtbot.waitUntil(lambda: set(threading.enumerate()) <= threads)
    assert set(psutil.Process().children()) <= children
    gone = weakref.ref(client)
    del client
    gc.collect()
    assert gone() is None
