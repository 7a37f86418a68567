"""``workbench train``."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from workbench.cli.signals import on_signals
from workbench.core.durations import duration
from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.paths import is_folder
from workbench.core.terminal import StatusLine, print_line
from workbench.core.text import listed
from workbench.extension.registry import is_fitted, recipes
from workbench.extension.tasks import tasks
from workbench.jobs.commands import Preflight, ResumeRun, Train, TrainRequest
from workbench.jobs.events import (
    Epoch,
    Event,
    Failed,
    Finished,
    LogLine,
    PreflightDone,
    Progress,
    Started,
    Step,
)
from workbench.jobs.protocol import encode
from workbench.project.rounds import FIGURE_NAMES
from workbench.project.runs import RunFolder, find_run, list_runs
from workbench.project.task import medium_of, task_of_folder

if TYPE_CHECKING:
    from workbench.engine.training.control import TrainControl

_JOB = "train"
_NAMES = {**FIGURE_NAMES, "f1": "F1"}
_CLASSES = 20  # names that are said
_FIGURES = ("map", "map_50", "miou", "mean_dice", "accuracy", "auroc", "f1")
"""The figures that are told of the bundled tasks, in their order."""


def train(options: argparse.Namespace) -> int:
    """Train, or go on with a run, in this process."""
    began = _process_start()
    if not is_folder(options.project):
        raise UsageError(f"there is no folder {options.project}")
    job = _job(options)
    output: _Output = _JsonOutput() if options.json else _TerminalOutput()
    output.prepare()
    from workbench.engine.service import perform
    from workbench.engine.training.control import TrainControl

    control = TrainControl()
    with on_signals(_interrupter(control, output, options.check), control.abandon):
        code = perform(job, output.show, control, began)
    if output.worse:
        RunFolder.find(options.project, output.worse).delete()
        output.note(f"{output.worse} was not kept: it lies in the project's trash.")
    return code or int(output.cancelled)


def _job(options: argparse.Namespace) -> Train | ResumeRun | Preflight:
    project = str(options.project)
    if options.resume is not None:
        given = [name for name in ("recipe", "epochs", "minutes", "seed", "split", "start_from",
                                    "until_best", "teacher")
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
        start_from=_run_name(options, options.start_from) or "auto",
        settings=settings,
        until_best=options.until_best,
        teacher=find_run(options.project, _run_name(options, options.teacher)).name
        if options.teacher else "",
    )
    return (Preflight if options.check else Train)(_JOB, project, request)


def _run_name(options: argparse.Namespace, name: str | None) -> str:
    """The run that is meant: "last" is the newest that has a model for what is to be learned."""
    if name != "last":
        return name or ""
    task = recipes.get(options.recipe).task if options.recipe in recipes else task_of_folder(
        options.project)
    found = next((run for run in list_runs(options.project) if _may_begin(run, task)), None)
    if found is None:
        raise UsageError(f"{options.project.name} has no run with a model for "
                         f"“{tasks.get(task).title}”; train one first")
    return found.name


def _may_begin(run: RunFolder, task: str) -> bool:
    try:
        return run.best_path.is_file() and bool(run.config) and run.task == task
    except WorkbenchError:
        return False  # damaged: its model may be of anything


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


def _interrupter(control: TrainControl, output: _Output, check: bool) -> Callable[[], None]:
    """Ctrl+C stops and keeps the best model, a second one cancels; at once where there is only a
    ``check``."""
    times = int(check)

    def interrupt() -> None:
        nonlocal times
        times += 1
        if times == 1:
            control.stop()
            output.note("Stopping; the best model is kept. Ctrl+C once more cancels.")
        elif times == 2:
            control.cancel()
            output.note("Cancelling.")
        else:
            raise KeyboardInterrupt

    return interrupt


class _Output:
    """Takes events; remembers whether the training was cancelled, and the name of a run that is
    worse than its teacher."""

    def __init__(self) -> None:
        self.cancelled = False
        self.worse = ""
        self._line = StatusLine()

    def prepare(self) -> None:
        pass

    def note(self, text: str) -> None:
        self._line.say(text)

    def show(self, event: Event) -> None:
        if isinstance(event, Finished):
            self.cancelled = event.state == "cancelled"
            verdict = event.result.get("verdict")
            if verdict and not verdict["better"]:
                self.worse = str(event.result["run"])
        elif isinstance(event, Failed):
            self._line.say(f"workbench train: {event.message}")


class _JsonOutput(_Output):
    """One event a line on stdout."""

    def show(self, event: Event) -> None:
        print_line(encode(event))
        super().show(event)


class _TerminalOutput(_Output):
    """A live line on a terminal, and one line for each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self._run, self._fitted = "", False

    def prepare(self) -> None:
        self._line.show("Starting the engine…")

    def show(self, event: Event) -> None:
        if isinstance(event, Progress):
            share = f" {event.done}/{event.total}" if event.total else "…"
            self._line.show(f"{event.text}{share}")
        elif isinstance(event, Step):
            self._line.show(
                f"{_position_text(event)} · loss {event.losses['loss']:.3f} · "
                f"{event.images_per_second:.1f} a second · "
                + (f"{duration(event.eta_seconds)} left" if event.eta_seconds >= 0
                   else "until it stops improving")
            )
        elif isinstance(event, LogLine):
            self._line.say(event.text)
        else:
            self._show_lasting(event)
        super().show(event)

    def _show_lasting(self, event: Event) -> None:
        """Events that leave a line."""
        text = ""
        if isinstance(event, Started):
            self._run = event.run
            self._fitted = is_fitted(event.config["recipe"])
            text = _started_text(event)
        elif isinstance(event, Epoch):
            text = _epoch_text(event, self._fitted)
        elif isinstance(event, PreflightDone):
            text = "\n".join([event.words, *(f"Note: {item}." for item in event.warnings)])
        elif isinstance(event, Finished):
            text = _finished_text(event)
        if text:
            self._line.clear()
            print(text, flush=True)


def _position_text(event: Step) -> str:
    """How far it is; without an end while nobody knows it."""
    if event.eta_seconds < 0:
        return f"epoch {event.epoch} · step {event.step}"
    return f"epoch {event.epoch}/{event.epochs} · step {event.step}/{event.steps}"


def _started_text(event: Started) -> str:
    config, again = event.config, event.resumed_at_epoch
    split = config["split"]
    noun = (medium_of(config.get("task", "")) or "images")[:-1]
    noun += "" if split["train"] == 1 else "s"
    words = (f"{split['train']} {noun} for training, {split['val']} for validation, "
             f"{split['test']} for testing")
    begins = (f"resumes at epoch {again}" if again
              else f"learns {listed(config['classes'], _CLASSES)}")
    title = config.get("recipe_title") or config["recipe"]
    return f"{event.run}: {title} {begins}; {words}; {config['device']}."


def _epoch_text(event: Epoch, fitted: bool = False) -> str:
    """One epoch; of a recipe that is fitted at once the losses of steps mean nothing."""
    metrics = "".join(f"  {words} {value:.3f}" for words, value in _figures(event.metrics))
    loss = event.metrics.get("val_loss") if fitted else event.losses.get("loss")
    loss_text = f"loss {loss:.3f}" if loss is not None else "no loss"
    best = "  best so far" if event.best and event.metrics else ""
    return f"epoch {event.epoch:3d}  {loss_text}{metrics}  {duration(event.seconds)}{best}"


def _finished_text(event: Finished) -> str:
    if event.state == "cancelled":
        return "Cancelled."
    metrics = event.result.get("metrics", {})
    stopped = "Stopped; the best model was kept" if "best_epoch" in metrics else \
        "Stopped before there was a model"
    state = {"finished": "Finished", "stopped": stopped}[event.state]
    split = next((name for name in ("test", "val") if metrics.get(name)), "")
    found = ", ".join(f"{words} {value:.3f}" for words, value in _figures(metrics.get(split, {})))
    words = f" On {split}: {found}." if found else ""
    verdict = event.result.get("verdict")
    words += f" {verdict['words']}" if verdict else ""
    return f"{state}: {event.result['run']}.{words}"


def _figures(metrics: Mapping[str, float | None]) -> list[tuple[str, float]]:
    """The figures worth a place in one line, with their words; of an unknown task all."""
    known = [(_NAMES.get(name, name), value) for name in _FIGURES
             if (value := metrics.get(name)) is not None]
    return known or [(name.replace("_", " "), value) for name, value in metrics.items()
                     if value is not None and not name.startswith("val_")]
