"""The folder that ``workbench predict --out`` fills: interrupted, it goes on.

``answers.jsonl`` has a line for each file that was looked at, appended when everything else was
written that belongs to the file; from it the tables are made at the end. Its first line says what
the answers are of, so that those of two models are never mixed.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Self

from workbench.cli.predict import TABLES, table
from workbench.core.errors import FormatError, UsageError, WorkbenchError
from workbench.core.plain import parse_json
from workbench.engine.models.card import read_card
from workbench.extension.annotation_formats import AnnotatedSample, annotation_formats
from workbench.extension.holds import Losses, fit
from workbench.extension.plugins import load_plugins
from workbench.extension.saving import FilesOfAnswer, Saving
from workbench.extension.tasks import load, tasks
from workbench.formats.atomic import disk_reason, write_atomic
from workbench.project.manifest import Manifest
from workbench.project.runs import RunFolder

ANSWERS = "answers.jsonl"
_FILES = {"save_crops": "crops", "draw": "draw", "raven": "raven"}


class ResultFolder:
    """Where results are kept, and what is there already; see :meth:`open`.

    Attributes
    ----------
    names
        What files that were looked at are called there, by path.
    """

    def __init__(self, path: Path, run: RunFolder, saving: Saving, kind: str,
                 files: Sequence[FilesOfAnswer]) -> None:
        self._path, self._run, self._saving, self._kind = path, run, saving, kind
        self._files = files
        self._done: dict[str, list[int]] = {}
        self.names: dict[str, str] = {}
        self._stream: BinaryIO | None = None
        names = [str(name) for name in run.config.get("classes", ())]
        colors = Manifest.load(run.project).class_colors(names)
        self._colors = dict(zip(names, colors, strict=True))

    @classmethod
    def open(cls, options: argparse.Namespace, run: RunFolder) -> Self:
        """Make the folder, or go on in one.

        Raises
        ------
        UsageError
            If it holds something else, or results of another model or other thresholds.
        WorkbenchError
            If the disk refuses.
        """
        task = tasks.get(run.task)
        if not task.saving:
            raise UsageError(f"results of “{task.title}” are not kept as files")
        saving: Saving = load(task.saving)
        chosen = []
        for option, id in _FILES.items():
            if getattr(options, option):
                if id not in saving.files:
                    raise UsageError(f"--{option.replace('_', '-')} means nothing for "
                                     f"“{task.title}”")
                chosen.append(saving.files[id])
        kind = options.format if options.format not in ("", "text") else "csv"
        _require_format(kind, task.medium, saving)
        folder = cls(options.out, run, saving, kind, chosen)
        folder._begin({"model": read_card(run.best_path).id, "run": run.name,
                       "score_thresh": options.score_thresh, "nms_thresh": options.nms_thresh,
                       "also": sorted(item.folder for item in chosen)})
        return folder

    def _begin(self, head: Mapping[str, Any]) -> None:
        path = self._path / ANSWERS
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            if path.exists():
                self._go_on(path, head)
            elif any(self._path.iterdir()):
                raise UsageError("there is something else in it; name a new or empty folder",
                                 path=self._path)
            else:
                write_atomic(path, _line(head))
            self._stream = path.open("ab")
        except OSError as error:
            raise WorkbenchError(disk_reason(error), path=self._path) from error

    def _go_on(self, path: Path, head: Mapping[str, Any]) -> None:
        """See what is there; a line that was not finished is cut off."""
        whole = 0
        with path.open("rb") as stream:
            for number, line in enumerate(stream):
                if not line.endswith(b"\n"):
                    break
                try:
                    data = parse_json(line)
                    if number:
                        file, name, stamp = data["file"], data["name"], data["stamp"]
                        if not (isinstance(file, str) and isinstance(name, str)):
                            raise TypeError
                        self._done[file], self.names[file] = stamp, name
                except (ValueError, KeyError, TypeError) as error:
                    raise FormatError("it does not hold what this program writes there",
                                      path=path, line=number + 1) from error
                if not number and data != head:
                    raise UsageError("it holds results of another model, or with other options; "
                                     "name a new folder", path=self._path)
                whole += len(line)
        if whole < path.stat().st_size:
            os.truncate(path, whole)

    def has(self, path: Path) -> bool:
        """Whether the file was looked at, as it is now."""
        return self._done.get(str(path)) == _stamp(path)

    def keep(self, item: Mapping[str, Any], name: str) -> list[str]:
        """Write all that belongs to one file; returns what could not be, in sentences."""
        problems = []
        for kind in self._files:
            try:
                kind.write(item, self._path / kind.folder, name,
                           lambda label: self._colors.get(label, "#3b6cf6"))
            except WorkbenchError as error:
                if error.path is not None and Path(item["file"]) != error.path:
                    raise  # the disk is full: nothing after this could be written, too
                problems.append(error.sentence())
        assert self._stream is not None
        stamp = _stamp(Path(item["file"]))
        try:
            self._stream.write(_line({**item, "name": name, "stamp": stamp}))
            self._stream.flush()
        except OSError as error:
            raise WorkbenchError(disk_reason(error), path=self._path / ANSWERS,
                                 kept="What was found before is kept.") from error
        self._done[item["file"]] = stamp
        return problems

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def finish(self, wanted: Collection[Path]) -> dict[str, int]:
        """Write the tables or labels of all that were asked for; returns how much there is."""
        files = objects = 0
        for item in self._answers(wanted):
            files += 1
            objects += sum(1 for _ in self._saving.rows(item))
        if self._kind in TABLES:
            name = "predictions.json" if self._kind == "json" else "predictions.csv"
            text = table(self._kind, self._answers(wanted), self._run)
            write_atomic(self._path / name, text.encode("utf-8", "surrogatepass"))
        else:
            self._write_labels(wanted)
        return {"files": files, "objects": objects}

    def _answers(self, wanted: Collection[Path]) -> Iterator[dict[str, Any]]:
        """What is kept, one by one; of a file that was looked at twice the newer answer."""
        with (self._path / ANSWERS).open("rb") as stream:
            next(stream)
            for line in stream:
                item = parse_json(line)
                if Path(item["file"]) in wanted and item["stamp"] == self._done[item["file"]]:
                    del item["stamp"]
                    yield item

    def _write_labels(self, wanted: Collection[Path]) -> None:
        from workbench.project.label_export import FolderTarget, writable

        kind = annotation_formats.get(self._kind)
        target = FolderTarget(self._path / kind.id, self._run.config.get("classes", ()), "none")
        target.folder.mkdir(exist_ok=True)
        losses = Losses()
        annotation = self._saving.annotation
        assert annotation is not None
        load(kind.write)(target, (
            AnnotatedSample(Path(item["file"]), fit(annotation(item), kind.holds, losses),
                            name=writable(f"{item['name']}{Path(item['file']).suffix}"))
            for item in self._answers(wanted)))


def _require_format(kind: str, medium: str, saving: Saving) -> None:
    load_plugins()
    if kind in TABLES:
        return
    known = [item.id for item in annotation_formats if item.write and item.medium == medium] \
        if saving.annotation is not None else []
    if kind not in known:
        listed = ", ".join([*TABLES[1:], *known])
        raise UsageError(f"there is no format “{kind}” for this; there are: {listed}")


def _line(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data).encode("ascii") + b"\n"


def _stamp(path: Path) -> list[int]:
    try:
        state = path.stat()
    except OSError:
        return [0, 0]
    return [state.st_mtime_ns, state.st_size]
