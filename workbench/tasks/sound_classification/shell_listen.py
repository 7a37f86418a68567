"""``workbench listen``: what a model hears, live, from a microphone or a file."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.terminal import StatusLine, print_line
from workbench.extension.shell import seconds, share
from workbench.extension.tasks import tasks
from workbench.jobs.commands import HEARD_FROM
from workbench.project.runs import RunFolder, find_run, list_runs
from workbench.tasks.sound_classification.kind import ID

if TYPE_CHECKING:
    from workbench.media.sounds.clip import Waveform
    from workbench.tasks.sound_classification.engine.listener import Hearing, Listener
    from workbench.tasks.sound_classification.engine.predict import SoundPredictor

_CHUNK = 0.05  # seconds of a file that are heard at once


def listen(options: argparse.Namespace) -> int:
    """Name the classes as they are heard; ends after ``--seconds`` or with Ctrl+C."""
    run = _run(options.project, options.run)
    if options.file is not None and not options.file.is_file():
        raise UsageError(f"there is no file {options.file}")
    line = StatusLine()
    line.show("Starting the engine…")
    import torch

    from workbench.tasks.sound_classification.engine.predict import SoundPredictor

    torch.set_num_threads(1)  # one window at a time: sharing it among threads only delays it
    predictor = SoundPredictor.load(run, "cpu")
    output = _ListenOutput(line, options.json)
    try:
        if options.file is not None:
            _hear_file(options, predictor, output)
        else:
            _hear_microphone(options, predictor, output)
    except KeyboardInterrupt:
        pass  # the usual way to end it
    line.clear()
    if not output.named and not options.json:
        print(f"Nothing reached {options.threshold:g}; --threshold X asks for less.")
    return 0


def _run(project: Path, name: str) -> RunFolder:
    """The run called ``name``, or the newest that can listen; UsageError where that is none."""
    run = find_run(project, name)
    if not name and run.task != ID:
        run = next((other for other in list_runs(project)
                    if other.task == ID and other.best_path.is_file()), run)
    if run.task != ID:
        raise UsageError(f"the run {run.name} cannot listen: only models of "
                         f"“{tasks.get(ID).title}” can; train one first")
    return run


@dataclass(slots=True)
class _ListenOutput:
    """Tells each class once while it lasts; with JSON every look, one a line."""

    line: StatusLine
    json: bool
    last: str = ""
    named: bool = False

    def show(self, heard: Hearing, classes: tuple[str, ...]) -> None:
        best = {name: round(float(score), 4)
                for name, score in zip(classes, heard.scores, strict=True)}
        if self.json:
            print_line(json.dumps({
                "time": round(heard.time, 3), "label": heard.label, "scores": best,
                "level_db": round(float(heard.level_db), 1), "latency": round(heard.latency, 5),
            }, ensure_ascii=False))
        else:
            top = max(best, key=lambda name: best[name])
            self.line.show(f"{heard.level_db:6.1f} dBFS  {top} {best[top]:.2f}")
            if heard.label and heard.label != self.last:
                self.line.clear()
                print(f"{heard.time:7.2f} s  {heard.label}  {best[heard.label]:.2f}  "
                      f"({heard.latency * 1000:.0f} ms)", flush=True)
        self.last = heard.label
        self.named |= bool(heard.label)


def _listener(options: argparse.Namespace, predictor: SoundPredictor, rate: int,
              channels: int) -> Listener:
    from workbench.tasks.sound_classification.engine.listener import Listener

    return Listener(predictor, rate, channels, threshold=options.threshold)


def _hear_file(
    options: argparse.Namespace, predictor: SoundPredictor, output: _ListenOutput
) -> None:
    """A file as if it were spoken now, as fast as it can be heard."""
    from workbench.media.sounds.clip import ClipReader

    with ClipReader(options.file) as reader:
        rate = reader.info.sample_rate
        listener = _listener(options, predictor, rate, reader.info.channels)
        most = reader.info.frames if options.seconds is None else round(options.seconds * rate)
        for block in _blocks(reader, most, max(1, round(_CHUNK * rate))):
            heard = listener.feed(block)
            if heard is not None:
                output.show(heard, listener.classes)


def _blocks(reader: Any, most: int, size: int) -> Iterator[Waveform]:
    for start in range(0, min(most, reader.info.frames), size):
        yield reader.read(start, start + size)


def _hear_microphone(
    options: argparse.Namespace, predictor: SoundPredictor, output: _ListenOutput
) -> None:
    """The microphone, through the window's own source of sound but without a window."""
    from PySide6.QtCore import QCoreApplication, QTimer

    from workbench.gui.label.sounds.recorder import MicSettings, SourceInput
    from workbench.media.sounds.recording import from_pcm16

    app = QCoreApplication.instance() or QCoreApplication([])
    device = _device_id(options.device)
    source = SourceInput(MicSettings(device, predictor.features.sample_rate))
    listener = _listener(options, predictor, source.rate, source.channels)

    def arrived(data: bytes) -> None:
        heard = listener.feed(from_pcm16(data, source.channels))
        if heard is not None:
            output.show(heard, listener.classes)

    source.open(arrived)
    end = None if options.seconds is None else time.monotonic() + options.seconds
    timer = _every(QTimer, 100, lambda: _look(app, source, end))
    try:
        app.exec()
    finally:
        timer.stop()
        gone = source.gone()
        source.close()
    if gone:
        raise WorkbenchError("the microphone was disconnected")


def _every(kind: Any, milliseconds: int, what: Callable[[], None]) -> Any:
    timer = kind()
    timer.timeout.connect(what)  # also lets Python see Ctrl+C between two of Qt's events
    timer.start(milliseconds)
    return timer


def _look(app: Any, source: Any, end: float | None) -> None:
    if source.gone() or (end is not None and time.monotonic() >= end):
        app.quit()


def _device_id(wanted: str) -> str:
    """The microphone whose id or name is ``wanted``; "" is the usual one."""
    if wanted in ("", "auto"):
        return ""
    from workbench.gui.label.sounds.devices import input_devices

    devices = input_devices()
    for item in devices:
        if wanted in (item.id, item.name):
            return item.id
    known = ", ".join(item.name for item in devices) or "none"
    raise UsageError(f"there is no microphone “{wanted}”; there are: {known}")


def add(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument("project", type=Path, metavar="PROJECT", help="the project's folder")
    command.add_argument("--run", default="", metavar="RUN",
                         help="default: the newest that can listen")
    command.add_argument("--device", default="", metavar="NAME",
                         help="the microphone; default: the usual one")
    command.add_argument("--file", type=Path, metavar="FILE", help="hear a file instead")
    command.add_argument("--seconds", type=seconds, metavar="N", help="end after so long")
    command.add_argument("--threshold", type=share, default=HEARD_FROM, metavar="X",
                         help="least probability of a class, 0 to 1 "
                              f"(default: {HEARD_FROM:g})")
    command.add_argument("--json", action="store_true", help="print every look, one a line")
