"""``workbench train``."""

from __future__ import annotations

import argparse
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

from workbench.core.errors import UsageError
from workbench.core.paths import is_folder
from workbench.core.terminal import Line, duration, print_line
from workbench.jobs.messages import (
    Epoch,
    Event,
    Failed,
    Finished,
    LogLine,
    Preflight,
    PreflightDone,
    Progress,
    ResumeRun,
    Started,
    Step,
    Train,
    TrainRequest,
    encode,
)
from workbench.project.task import medium_of

if TYPE_CHECKING:
    from workbench.engine.training.control import TrainControl

_JOB = "train"
_FIGURES = {"map": "mAP", "map_50": "mAP50", "accuracy": "accuracy", "f1": "F1"}
"""The figures that are told of the bundled tasks, in their order."""


def train(options: argparse.Namespace) -> int:
    """Train, or go on with a run, in this process."""
    began = _process_start()
    if not is_folder(options.project):
        raise UsageError(f"there is no folder {options.project}")
    job = _job(options)
    teller: _Teller = _JsonTeller() if options.json else _PersonTeller()
    teller.prepare()
    from workbench.engine.service import perform
    from workbench.engine.training.control import TrainControl

    control = TrainControl()
    with _steered(control, teller):
        code = perform(job, teller.tell, control, began)
    return code or int(teller.cancelled)


def _job(options: argparse.Namespace) -> Train | ResumeRun | Preflight:
    project = str(options.project)
    if options.resume is not None:
        given = [name for name in ("recipe", "epochs", "minutes", "seed", "split", "start_from",
                                    "until_best")
                 if getattr(options, name) not in (None, False)]
        if given or options.settings:
            what = given[0].replace("_", "-") if given else "set"
            raise UsageError(
                f"a resumed run keeps its settings: --{what} cannot be used with --resume")
        return ResumeRun(_JOB, project, options.resume)
    settings = _settings(options.settings)
    # how the data is divided is no setting of a recipe: --set split=NAME is --split NAME
    split = options.split or settings.pop("split", None)
    request = TrainRequest(
        recipe=options.recipe or "auto",
        epochs=options.epochs,
        minutes=options.minutes,
        device=options.device,
        seed=options.seed or 0,
        split=split or "default",
        start_from=options.start_from or "auto",
        settings=settings,
        until_best=options.until_best,
    )
    return (Preflight if options.check else Train)(_JOB, project, request)


def _settings(assignments: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for text in assignments:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"“{text}” is not of the form KEY=VALUE")
        values[name] = value
    return values


def _process_start() -> float:
    """``time.monotonic()`` at which this process began: a budget counts from the Enter key."""
    import psutil

    age = time.time() - psutil.Process(os.getpid()).create_time()
    return time.monotonic() - max(0.0, age)


@contextmanager
def _steered(control: TrainControl, teller: _Teller) -> Iterator[None]:
    """Ctrl+C stops and keeps the best model, a second one cancels; SIGTERM leaves a checkpoint."""
    times = 0

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal times
        times += 1
        if times == 1:
            control.stop()
            teller.note("Stopping; the best model is kept. Ctrl+C once more cancels.")
        elif times == 2:
            control.cancel()
            teller.note("Cancelling.")
        else:
            raise KeyboardInterrupt

    def terminate(number: int, frame: FrameType | None) -> None:
        control.abandon()

    old = signal.signal(signal.SIGINT, interrupt), signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, old[0])
        signal.signal(signal.SIGTERM, old[1])


class _Teller:
    """Takes events; remembers whether the training was cancelled."""

    def __init__(self) -> None:
        self.cancelled = False
        self._line = Line()

    def prepare(self) -> None:
        pass

    def note(self, text: str) -> None:
        self._line.say(text)

    def tell(self, event: Event) -> None:
        if isinstance(event, Finished):
            self.cancelled = event.state == "cancelled"
        elif isinstance(event, Failed):
            self._line.say(f"workbench train: {event.message}")


class _JsonTeller(_Teller):
    """One event a line on stdout."""

    def tell(self, event: Event) -> None:
        print_line(encode(event))
        super().tell(event)


class _PersonTeller(_Teller):
    """A live line on a terminal, and one line for each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self._run = ""

    def prepare(self) -> None:
        self._line.show("Starting the engine…")

    def tell(self, event: Event) -> None:
        if isinstance(event, Progress):
            share = f" {event.done}/{event.total}" if event.total else "…"
            self._line.show(f"{event.text}{share}")
        elif isinstance(event, Step):
            self._line.show(
                f"{_where_words(event)} · loss {event.losses['loss']:.3f} · "
                f"{event.images_per_second:.1f} a second · "
                + (f"{duration(event.eta_seconds)} left" if event.eta_seconds >= 0
                   else "until it stops improving")
            )
        elif isinstance(event, LogLine):
            self._line.say(event.text)
        else:
            self._tell_lasting(event)
        super().tell(event)

    def _tell_lasting(self, event: Event) -> None:
        """Events that leave a line."""
        text = ""
        if isinstance(event, Started):
            self._run = event.run
            text = _started_words(event)
        elif isinstance(event, Epoch):
            text = _epoch_words(event)
        elif isinstance(event, PreflightDone):
            text = "\n".join([event.words, *(f"Note: {item}." for item in event.warnings)])
        elif isinstance(event, Finished):
            text = _finished_words(event)
        if text:
            self._line.clear()
            print(text, flush=True)


def _where_words(event: Step) -> str:
    """How far it is; without an end while nobody knows it."""
    if event.eta_seconds < 0:
        return f"epoch {event.epoch} · step {event.step}"
    return f"epoch {event.epoch}/{event.epochs} · step {event.step}/{event.steps}"


def _started_words(event: Started) -> str:
    config, again = event.config, event.resumed_at_epoch
    split = config["split"]
    noun = (medium_of(config.get("task", "")) or "images")[:-1]
    noun += "" if split["train"] == 1 else "s"
    words = (f"{split['train']} {noun} for training, {split['val']} for validation, "
             f"{split['test']} for testing")
    begins = f"resumes at epoch {again}" if again else f"learns {', '.join(config['classes'])}"
    return f"{event.run}: {config['recipe']} {begins}; {words}; {config['device']}."


def _epoch_words(event: Epoch) -> str:
    metrics = "".join(f"  {words} {value:.3f}" for words, value in _figures(event.metrics))
    loss = event.losses.get("loss")
    loss_words = f"loss {loss:.3f}" if loss is not None else "no loss"
    best = "  best so far" if event.best and event.metrics else ""
    return f"epoch {event.epoch:3d}  {loss_words}{metrics}  {duration(event.seconds)}{best}"


def _finished_words(event: Finished) -> str:
    if event.state == "cancelled":
        return "Cancelled."
    state = {"finished": "Finished", "stopped": "Stopped; the best model was kept"}[event.state]
    metrics = event.result.get("metrics", {})
    split = next((name for name in ("test", "val") if metrics.get(name)), "")
    found = ", ".join(f"{words} {value:.3f}" for words, value in _figures(metrics.get(split, {})))
    words = f" On {split}: {found}." if found else ""
    return f"{state}: {event.result['run']}.{words}"


def _figures(metrics: Mapping[str, float | None]) -> list[tuple[str, float]]:
    """The figures worth a place in one line, with their words; of an unknown task all."""
    known = [(words, value) for name, words in _FIGURES.items()
             if (value := metrics.get(name)) is not None]
    return known or [(name.replace("_", " "), value) for name, value in metrics.items()
                     if value is not None and not name.startswith("val_")]
