"""``workbench export``."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from workbench.core.terminal import Line, print_json
from workbench.extension.exports import export_formats
from workbench.jobs.messages import Event, Export, Failed, Finished, LogLine, Progress
from workbench.project.runs import find_run

if TYPE_CHECKING:
    from workbench.engine.training.control import TrainControl


def add(command: argparse.ArgumentParser) -> None:
    """Give the command its options, but for those that several commands share."""
    command.add_argument("--run", default="", metavar="RUN", help="default: the newest")
    command.add_argument("--format", default="onnx", metavar="NAME",
                         help="one of: " + ", ".join(item.id for item in export_formats))
    command.add_argument("--out", type=Path, required=True, metavar="FILE",
                         help="the new file; one that is there is replaced when the new one is "
                              "found to be good")


def export(options: argparse.Namespace) -> int:
    """Write a run's model as a file for other programs."""
    export_formats.get(options.format)  # said before torch is imported
    run = find_run(options.project, options.run)
    job = Export("export", str(options.project), run.name, str(options.out), options.format,
                 options.score_thresh, options.nms_thresh)
    from workbench.engine.service import perform
    from workbench.engine.training.control import TrainControl

    control, teller = TrainControl(), _ExportTeller(options.json)
    with _steered(control):
        code = perform(job, teller, control)
    return code or teller.code


class _ExportTeller:
    """Tells the events of the export.

    Attributes
    ----------
    code
        1 if it was cancelled.
    """

    def __init__(self, json: bool) -> None:
        self.code = 0
        self._json = json
        self._line = Line()
        self._kinds: dict[type[Any], Callable[[Any], None]] = {
            Progress: self._progress, LogLine: self._log, Failed: self._failed,
            Finished: self._finished,
        }

    def __call__(self, event: Event) -> None:
        tell = self._kinds.get(type(event))
        if tell is not None:
            tell(event)

    def _progress(self, event: Progress) -> None:
        count = f" {event.done}/{event.total}" if event.total else " …"
        self._line.show(event.text + count)

    def _log(self, event: LogLine) -> None:
        self._line.say(event.text)

    def _failed(self, event: Failed) -> None:
        self._line.clear()
        print(f"workbench export: {event.message}", file=sys.stderr)

    def _finished(self, event: Finished) -> None:
        self._line.clear()
        if event.state == "cancelled":
            self.code = 1
            print("Cancelled; nothing was written.", file=sys.stderr)
        elif self._json:
            print_json(event.result)
        else:
            print(event.result["words"])


@contextmanager
def _steered(control: TrainControl) -> Iterator[None]:
    """Ctrl+C and SIGTERM cancel."""

    def cancel(number: int, frame: FrameType | None) -> None:
        control.cancel()

    old = signal.signal(signal.SIGINT, cancel), signal.signal(signal.SIGTERM, cancel)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, old[0])
        signal.signal(signal.SIGTERM, old[1])
