"""The engine as a process: started, steered, killed and resumed."""

from __future__ import annotations

import base64
import io
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from PIL import Image
from tiny_project import curve, make_project

from workbench.engine.service import Service
from workbench.jobs.commands import (
    Arrange,
    CameraFrame,
    Control,
    Evaluate,
    Predict,
    Preflight,
    ResumeRun,
    Train,
    TrainRequest,
    Watch,
)
from workbench.jobs.events import (
    Epoch,
    Event,
    Failed,
    Finished,
    LogLine,
    Paused,
    Predictions,
    PreflightDone,
    Ready,
    Started,
    Step,
    Unpaused,
    WatchResult,
)
from workbench.jobs.protocol import decode_command, decode_event, encode
from workbench.jobs.runner import EngineProcess, exit_reason
from workbench.project.runs import RunFolder, list_runs

PATIENCE = 120.0  # seconds; the machine may be busy


class Engine:
    """An engine process with a queue of its events."""

    def __init__(self, *command: str) -> None:
        self.process = EngineProcess(command or None)
        self.inbox: queue.Queue[Event | tuple[int, str]] = queue.Queue()
        self.process.on_event = self.inbox.put
        self.process.on_exit = lambda code, reason: self.inbox.put((code, reason))
        self.process.start()

    def wait(self, *kinds: type[Any], job: str = "") -> Any:
        """The next event of these kinds (of a job); any failure on the way fails the test."""
        deadline = time.monotonic() + PATIENCE
        while True:
            event = self.inbox.get(timeout=max(0.01, deadline - time.monotonic()))
            right = not job or getattr(event, "job", "") == job
            if isinstance(event, kinds) and right:
                return event
            if isinstance(event, Failed):
                raise AssertionError(event.message + event.detail)

    def until(self, kind: type[Any]) -> list[Event]:
        events: list[Event] = []
        while not events or not isinstance(events[-1], kind):
            events.append(self.wait(object))
        return events

    def finish(self) -> list[Event]:
        return self.until(Finished)


@pytest.fixture(scope="module")
def shared_engine() -> Iterator[Engine]:
    """One engine for all tests that leave it as it was; starting one takes seconds."""
    support = str(Path(__file__).resolve().parents[1] / "support" / "plugins")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_PLUGINS", support)
        patch.setenv("OMP_NUM_THREADS", "1")
        engine = Engine()
    ready = engine.wait(Ready)
    assert ready.devices[-1]["id"] == "cpu" and "torch" in ready.versions
    yield engine
    engine.process.stop()


@pytest.fixture
def engine(shared_engine: Engine) -> Engine:
    assert shared_engine.process.running
    while not shared_engine.inbox.empty():
        shared_engine.inbox.get()
    return shared_engine


def request(epochs: int = 3, **settings: Any) -> TrainRequest:
    return TrainRequest(recipe="tiny", epochs=epochs, device="cpu", settings=settings)


def test_preflight_train_evaluate_predict(engine: Engine, project: Path) -> None:
    path = str(project)
    engine.process.send(Preflight("p", path, request(10)))
    answer = engine.wait(PreflightDone, job="p")
    assert answer.recipe == "tiny" and answer.epochs == 10 and answer.images == 16
    assert answer.split == {"train": 9, "val": 4, "test": 3}
    assert answer.epoch_seconds > 0 and answer.eta_seconds > 10 * answer.epoch_seconds
    assert "16 images, 2 classes: 9 for training, 4 for validation, 3 for testing" in answer.words
    assert "\n" not in answer.words and "from nothing" in answer.words
    assert any("only 9 images" in text for text in answer.warnings)
    assert not list_runs(project)
    engine.process.send(Train("t", path, request(2)))
    run = engine.wait(Started, job="t").run
    assert engine.wait(Finished, job="t").result["run"] == run
    engine.process.send(Evaluate("e", path, run, "train"))
    result = engine.wait(Finished, job="e").result
    assert Path(result["predictions"]).is_file() and result["split"] == "train"
    engine.process.send(Predict("d", path, run, [f"{path}/images/000.png", f"{path}/gone.png"]))
    result = engine.wait(Finished, job="d").result
    assert len(result["images"]) == 1 and "gone.png" in result["problems"][0]["reason"]
    streams_answers(engine, path, run)


def streams_answers(engine: Engine, path: str, run: str) -> None:
    """Answers come while files are looked at; what was found before a cancel is kept."""
    files = [f"{path}/images/000.png", f"{path}/gone.png", f"{path}/images/001.png"]
    engine.process.send(Predict("s", path, run, files, stream=True, score_thresh=0.01))
    events = engine.finish()
    answers = [event for event in events if isinstance(event, Predictions)]
    assert [item["file"] for event in answers for item in event.items] == [files[0], files[2]]
    assert [item["file"] for event in answers for item in event.problems] == [files[1]]
    assert (answers[-1].done, answers[-1].total) == (3, 3)
    assert events[-1].result == {"answered": 2, "problems": 1}  # type: ignore[union-attr]
    many = files[:1] * 100_000
    engine.process.send(Predict("m", path, run, many, stream=True, score_thresh=0.5))
    first = engine.wait(Predictions, job="m")
    engine.process.send(Control("m", "pause"))
    engine.wait(Paused, job="m")
    engine.process.send(Control("m", "unpause"))
    engine.wait(Unpaused, job="m")
    engine.process.send(Control("m", "cancel"))
    rest = engine.finish()
    done = [event.done for event in (first, *rest) if isinstance(event, Predictions)]
    assert done == sorted(done) and 0 < done[-1] < len(many)
    assert rest[-1].state == "cancelled"  # type: ignore[union-attr]


def test_pause_unpause_stop_and_cancel_are_obeyed(engine: Engine, project: Path) -> None:
    path = str(project)
    engine.process.send(Train("t", path, request(5000)))
    engine.wait(Step, job="t")
    for action, kind in (("pause", Paused), ("unpause", Unpaused), ("pause", Paused),
                         ("unpause", Unpaused), ("stop", Finished)):
        engine.process.send(Control("t", action))
        event = engine.wait(kind, job="t")
    assert event.state == "stopped"
    engine.process.send(Train("u", path, request(5000)))
    engine.wait(Step, job="u")
    engine.process.send(Control("u", "cancel"))
    assert engine.wait(Finished, job="u").state == "cancelled"


def test_a_paused_training_lets_its_best_model_be_tried_and_goes_on_as_if_nothing_was(
        engine: Engine, tmp_path: Path) -> None:
    straight, project = make_project(tmp_path / "a"), make_project(tmp_path / "b")
    wish = request(6, **{"tiny.slow": 0.05})
    engine.process.send(Train("s", str(straight), wish))
    expected = curve(engine.finish())
    path, files = str(project), [f"{project}/images/000.png"]
    engine.process.send(Train("t", path, wish))
    before = engine.until(Epoch)
    run = list_runs(project)[0]
    engine.process.send(Predict("early", path, run.name, files))
    engine.process.send(Control("t", "pause"))
    before += engine.until(Paused)
    assert "images" in engine.wait(Finished, job="early").result, "asked before the pause"
    engine.process.send(Predict("late", path, run.name, files))
    assert "images" in engine.wait(Finished, job="late").result
    engine.process.send(Evaluate("judged", path, run.name, "val"))
    assert engine.wait(Finished, job="judged").result["split"] == "val"
    engine.process.send(Arrange("map", path))
    assert "map" in engine.wait(Finished, job="map").result
    engine.process.send(Control("t", "unpause"))
    engine.process.send(Predict("now", path, run.name, files))
    engine.process.send(Control("t", "aside"))
    after = engine.until(Unpaused)  # of the pause
    between = engine.until(Unpaused)
    answer, = (event for event in between if isinstance(event, Finished))
    assert answer.job == "now" and "images" in answer.result, "while it stood aside"
    after += [*between, *engine.finish()]
    assert curve([*before, *after]) == expected
    assert same_model(list_runs(straight)[0], run)
    engine.process.send(Predict("end", path, run.name, files))
    assert "images" in engine.wait(Finished, job="end").result


@pytest.mark.parametrize(("wish", "told", "state"), [
    ("unpause", Unpaused, "stopped"), ("cancel", Finished, "cancelled"),
    ("stop", Finished, "stopped"),
])
def test_a_question_gives_way_to_the_training_that_it_holds_up(
        engine: Engine, project: Path, wish: str, told: type[Event], state: str) -> None:
    path = str(project)
    engine.process.send(Train("t", path, request(5000, **{"tiny.slow": 0.05})))
    engine.wait(Epoch)
    engine.process.send(Control("t", "pause"))
    engine.wait(Paused, job="t")
    files = [f"{project}/images/000.png"] * 5000
    engine.process.send(Predict("q", path, list_runs(project)[0].name, files, stream=True))
    engine.wait(Predictions, job="q")
    engine.process.send(Control("q", "pause"))
    engine.wait(Paused, job="q")
    engine.process.send(Predict("next", path, list_runs(project)[0].name, files[:1]))
    engine.process.send(Control("t", wish))
    assert engine.wait(Finished, job="q").state == "cancelled", "what was found is kept"
    ended = engine.wait(told, job="t")
    if told is Unpaused:
        engine.process.send(Control("t", "stop"))
        ended = engine.wait(Finished, job="t")
    assert ended.state == state
    assert "images" in engine.wait(Finished, job="next").result, "others wait for the next pause"


def test_a_training_stands_aside_for_a_camera_until_it_is_closed_or_the_training_goes_on(
        engine: Engine, project: Path) -> None:
    path = str(project)
    picture = io.BytesIO()
    with Image.open(project / "images" / "000.png") as image:
        image.convert("RGB").save(picture, "JPEG")
    jpeg = base64.b64encode(picture.getvalue()).decode()
    engine.process.send(Train("t", path, request(5000, **{"tiny.slow": 0.05})))
    engine.wait(Epoch)
    run = list_runs(project)[0].name
    for job, steered in (("a", Control("a", "cancel")), ("b", Control("t", "unpause"))):
        engine.process.send(Watch(job, path, run))
        engine.process.send(Control("t", "aside"))
        engine.process.send(CameraFrame(job, 1, jpeg))
        assert engine.wait(WatchResult, job=job).number == 1
        engine.process.send(steered)
        assert engine.wait(Finished, job=job).state == "stopped"
        engine.wait(Step, job="t")
    engine.process.send(Control("t", "cancel"))
    assert engine.wait(Finished, job="t").state == "cancelled"


def test_a_waiting_job_can_be_called_back(engine: Engine, project: Path) -> None:
    path = str(project)
    engine.process.send(Train("a", path, request(5000)))
    engine.process.send(Train("b", path, request(3)))
    engine.wait(Step, job="a")
    engine.process.send(Control("b", "cancel"))
    engine.process.send(Control("a", "cancel"))
    assert engine.wait(Finished, job="a").state == "cancelled"
    assert engine.wait(Finished, job="b").state == "cancelled"
    assert len(list_runs(project)) == 1


def test_stray_prints_become_log_lines(engine: Engine, project: Path) -> None:
    engine.process.send(Train("t", str(project), request(1)))
    events = engine.finish()
    texts = [event.text for event in events if isinstance(event, LogLine)]
    assert "a library that talks" in texts and "{broken json from a C library" in texts


def test_a_failed_job_is_told_and_the_engine_goes_on(engine: Engine, tmp_path: Path) -> None:
    engine.process.send(Train("t", str(tmp_path / "nowhere"), request()))
    with pytest.raises(AssertionError, match="there is no such folder"):
        engine.wait(Finished)
    project = make_project(tmp_path / "p")
    engine.process.send(Train("u", str(project), request(2, **{"tiny.fault": "bug"})))
    with pytest.raises(AssertionError, match=r"a bug of the recipe(.|\n)*Traceback"):
        engine.wait(Finished)
    engine.process.send(Train("v", str(project), request(1)))
    assert engine.wait(Finished, job="v").state == "finished"


def test_nonsense_on_the_line_is_told_and_steering_acts_at_once() -> None:
    sent = io.BytesIO()
    service = Service(sent)
    service.read([b"what is this\n", encode(Control("nobody", "pause")).encode()])
    assert "what is this" in decode_event(sent.getvalue().decode()).text


def test_a_job_may_have_the_name_of_the_one_that_just_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "_exit", lambda code: None)  # with which an engine ends
    nowhere = Train("t", str(tmp_path / "nowhere"), request())
    ends: list[Event] = []

    class Window(io.BytesIO):
        """Asks once more as soon as it hears of the end."""

        def write(self, line: Any) -> int:
            event = decode_event(bytes(line).decode())
            if isinstance(event, Failed):
                ends.append(event)
                service.take(nowhere) if len(ends) == 1 else service.end()
            return len(line)

    service = Service(Window())
    service.take(nowhere)
    guard = threading.Timer(PATIENCE, service.end)
    guard.start()
    service.serve()
    guard.cancel()
    assert len(ends) == 2


def test_what_was_answered_meanwhile_is_not_done_again_for_one_of_its_name(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "_exit", lambda code: None)
    service = Service(io.BytesIO())
    done: list[Any] = []

    def perform(job: Any, emit: Any, control: Any) -> None:
        done.append(job)
        if job is training:
            service.take(camera)
            control.stand_aside()
            control.wait_if_paused()  # the camera is looked at
            service.take(next_one)
        elif job is next_one:
            service.end()
        assert len(done) < 4

    monkeypatch.setattr("workbench.engine.service.perform", perform)
    training, camera = Train("t", "p", request()), Watch("a", "p", "run")
    next_one = Train("a", "p", request())
    service.take(training)
    guard = threading.Timer(PATIENCE, service.end)
    guard.start()
    service.serve()
    guard.cancel()
    assert done == [training, camera, next_one]


def test_a_killed_engine_resumes_to_the_same_curve(
    engine: Engine, tmp_path: Path
) -> None:
    wish = request(6, **{"tiny.slow": 0.05})
    straight = make_project(tmp_path / "a")
    engine.process.send(Train("t", str(straight), wish))
    expected = curve(engine.finish())
    project = make_project(tmp_path / "b")
    victim = Engine()
    victim.wait(Ready)
    victim.process.send(Train("t", str(project), wish))
    before = victim.until(Epoch)
    while (last := victim.wait(Step, Epoch)) and not (isinstance(last, Step) and last.epoch == 3):
        before.append(last)
    assert victim.process.pid is not None
    os.kill(victim.process.pid, signal.SIGKILL)
    code, reason = victim.wait(tuple)
    assert code == -9 and "killed by signal 9" in reason and victim.process.outcome == "killed"
    run = list_runs(project)[0]
    assert run.state["state"] == "interrupted" and run.resumable
    engine.process.send(ResumeRun("r", str(project), run.name))
    resumed_at = engine.wait(Started, job="r").resumed_at_epoch
    after = curve(engine.finish())
    assert 1 <= resumed_at <= 3
    assert [item for item in curve(before) if item[0] < resumed_at] + after == expected
    assert same_model(list_runs(straight)[0], run)


def same_model(one: RunFolder, other: RunFolder) -> bool:
    import safetensors.torch
    import torch

    first, second = (safetensors.torch.load_file(run.best_path) for run in (one, other))
    return all(torch.equal(first[name], second[name]) for name in first)


_WINDOW = """
import sys, threading
from workbench.jobs.commands import Train, TrainRequest
from workbench.jobs.events import Step
from workbench.jobs.runner import EngineProcess

engine = EngineProcess()
engine.on_event = lambda event: isinstance(event, Step) and print(engine.pid, flush=True)
engine.start()
request = TrainRequest(recipe="tiny", epochs=5000, device="cpu")
engine.send(Train("t", sys.argv[1], request))
threading.Event().wait()
"""


def test_an_engine_whose_window_is_killed_saves_itself_and_ends(project: Path) -> None:
    window = subprocess.Popen([sys.executable, "-c", _WINDOW, str(project)],
                              stdout=subprocess.PIPE, text=True)
    assert window.stdout is not None
    engine = psutil.Process(int(window.stdout.readline()))
    window.kill()
    window.wait()
    window.stdout.close()
    assert psutil.wait_procs([engine], timeout=PATIENCE)[1] == []
    run = list_runs(project)[0]
    assert run.state["state"] == "interrupted" and run.resumable


def test_outcomes_are_told_apart() -> None:
    crash = Engine(sys.executable, "-c", "import sys; sys.stderr.write('no disk'); sys.exit(3)")
    assert crash.wait(tuple) == (3, "exit code 3: no disk")
    assert crash.process.outcome == "crashed" and not crash.process.running
    crash.process.send(Control("x", "stop"))  # into nowhere, without harm
    silent = Engine(sys.executable, "-c", "import time; time.sleep(600)")
    silent.process.stop(0.2)
    assert silent.process.outcome == "ended"
    assert silent.wait(tuple)[1] == ""
    assert "memory" in exit_reason(-9) and "11" in exit_reason(-11)
    with pytest.raises(OSError):
        Engine("/nonexistent/python")


def test_the_end_of_a_process_of_windows_is_told_in_words() -> None:
    assert exit_reason(0xC0000005) == ("Windows ended it with status 0xC0000005: it touched memory "
                                       "that is not its own")
    assert exit_reason(0xC0001234, ["loading"]) == "Windows ended it with status 0xC0001234"


def test_what_an_engine_prints_keeps_its_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")  # as Windows would write it
    talker = Engine(sys.executable, "-c", "import sys; sys.stderr.write('Größe\\n')")
    assert talker.wait(LogLine).text == "Größe"
    talker.wait(tuple)


_CURIOUS = """
import os, sys
from workbench.engine.service import take_stdin
commands = take_stdin()
found = os.read(0, 10), sys.stdin.read()
print(found, commands.readline(), flush=True)
"""


def test_nobody_but_the_engine_looks_at_its_commands() -> None:
    with subprocess.Popen([sys.executable, "-c", _CURIOUS], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(b"one\n")  # and stays open
            process.stdin.flush()
            assert process.stdout.readline().decode().split() == ["(b'',", "'')", "b'one\\n'"]
        finally:
            process.stdin.close()


def test_sending_never_blocks() -> None:
    deaf = Engine(sys.executable, "-c", "import time; time.sleep(600)")
    for _ in range(200):
        deaf.process.send(Predict("x", "p", "r", ["f" * 10_000]))  # far more than a pipe holds
    deaf.process.kill()
    assert deaf.wait(tuple)[0] == -9


def test_messages_survive_the_line() -> None:
    message = Predict("ä", "/ü ö", "r", ["a\nb", "\u2028"])
    assert "\n" not in encode(message) and decode_command(encode(message)) == message
    odd = Predict("x", "p", "r", ["caf\udce9.jpg"])  # a name that is no UTF-8
    assert decode_command(encode(odd).encode("utf-8").decode("utf-8")) == odd
    wish = Train("t", "p", TrainRequest(minutes=1.5, settings={"lr": 0.1}))
    assert decode_command(encode(wish)) == wish
