"""``workbench export``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbench.cli.predict_limits import take_own_score, usual_score
from workbench.cli.signals import on_signals
from workbench.core.terminal import StatusLine, print_json
from workbench.extension.exports import export_formats
from workbench.extension.tasks import tasks
from workbench.jobs.commands import Export
from workbench.jobs.events import Event, Failed, Finished, LogLine, Progress
from workbench.project.runs import find_run


def add(command: argparse.ArgumentParser) -> None:
    """Give the command its options, but for those that several commands share."""
    command.add_argument("--format", default="onnx", metavar="NAME",
                         help="one of: " + ", ".join(item.id for item in export_formats))
    command.add_argument("--out", type=Path, required=True, metavar="FILE",
                         help="the new file; one that is there is replaced when the new one is "
                              "found to be good")


def export(options: argparse.Namespace) -> int:
    """Write a run's model as a file for other programs."""
    export_formats.get(options.format)  # said before torch is imported
    run = find_run(options.project, options.run)
    if not tasks.get(run.task).areas:  # whose graph gives the scores of all pixels
        take_own_score(options, run, "export")
    job = Export("export", str(options.project), run.name, str(options.out), options.format,
                 usual_score(options, run), options.nms_thresh)
    from workbench.engine.service import perform
    from workbench.engine.training.control import TrainControl

    control, output = TrainControl(), _ExportOutput(options.json)
    with on_signals(control.cancel, control.cancel):
        code = perform(job, output, control)
    return code or output.code


class _ExportOutput:
    """Tells the events of the export."""

    def __init__(self, json: bool) -> None:
        self.code = 0
        """1 if it was cancelled."""
        self._json = json
        self._line = StatusLine()
        self._kinds: dict[type[Any], Callable[[Any], None]] = {
            Progress: self._progress, LogLine: self._log, Failed: self._failed,
            Finished: self._finished,
        }

    def __call__(self, event: Event) -> None:
        report = self._kinds.get(type(event))
        if report is not None:
            report(event)

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
