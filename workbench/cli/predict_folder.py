"""The folder that ``workbench predict --out`` fills: interrupted, it goes on.

``answers.jsonl`` has a line for each file that was looked at, appended when everything else was
written that belongs to the file; from it the tables are made at the end. Its first line says what
the answers are of, so that those of two models are never mixed.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Self

from workbench.cli.predict import TABLES, table
from workbench.core.errors import FormatError, UsageError, WorkbenchError
from workbench.core.plain import parse_json
from workbench.core.video import frame_name, is_video, shown_in
from workbench.engine.models.card import read_card
from workbench.extension.annotation_formats import AnnotatedSample, annotation_formats
from workbench.extension.holds import Losses, fit
from workbench.extension.plugins import load_plugins
from workbench.extension.saving import Color, Draw, FilesOfAnswer, Saving, TrackRow
from workbench.extension.tasks import load, tasks
from workbench.formats.atomic import disk_reason, write_atomic
from workbench.project.drawn_video import write_drawn
from workbench.project.manifest import Manifest
from workbench.project.runs import RunFolder

ANSWERS = "answers.jsonl"
TRACKS = "tracks.csv"
SURE = 0.4
"""Score from which on something is believed to be there, as Predict has it at first."""
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
        self._sure: float | None = None  # score from which on a track begins; None for no tracks
        self._done: dict[str, list[int]] = {}
        self._frames: dict[str, int] = {}  # of videos, the last frame that was looked at
        self._ended: set[str] = set()  # videos that were looked at to their end
        self._starts: dict[str, int] = {}  # of videos, where their first line begins
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
        if options.tracks and saving.tracks is None:
            raise UsageError(f"--tracks means nothing for “{task.title}”")
        kind = options.format if options.format not in ("", "text") else "csv"
        _require_format(kind, task.medium, saving)
        folder = cls(options.out, run, saving, kind, chosen)
        folder._sure = max(SURE, options.score_thresh) if options.tracks else None
        every = {"every": options.every} if options.every > 1 else {}
        folder._begin({"model": read_card(run.best_path).id, "run": run.name,
                       "score_thresh": options.score_thresh, "nms_thresh": options.nms_thresh,
                       "also": sorted(item.folder for item in chosen), **every})
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
                        file, name = data["file"], data["name"]
                        if not (isinstance(file, str) and isinstance(name, str)):
                            raise TypeError
                        self._note(data, whole)
                        self.names[file] = name
                except (ValueError, KeyError, TypeError) as error:
                    raise FormatError("it does not hold what this program writes there",
                                      path=path, line=number + 1) from error
                if not number and data != head:
                    raise UsageError("it holds results of another model, or with other options; "
                                     "name a new folder", path=self._path)
                whole += len(line)
        if whole < path.stat().st_size:
            os.truncate(path, whole)

    def _note(self, data: Mapping[str, Any], place: int) -> None:
        """Take in a line of the answers, which begins at ``place``."""
        file, stamp = data["file"], data["stamp"]
        if self._done.get(file) != stamp:  # it is another file now
            for known in (self._frames, self._starts):
                known.pop(file, None)
            self._ended.discard(file)
        self._done[file] = stamp
        if data.get("end"):
            self._ended.add(file)
        elif "frame" in data:
            self._frames[file] = int(data["frame"])
            self._starts.setdefault(file, place)

    def has(self, path: Path) -> bool:
        """Whether the file was looked at, as it is now, and a video to its end."""
        file = str(path)
        return self._done.get(file) == _stamp(path) and (
            file in self._ended or not is_video(path))

    def next_frame(self, path: Path, every: int) -> int:
        """The number of the frame of a video with which to go on."""
        file = str(path)
        if file not in self._frames or self._done.get(file) != _stamp(path):
            return 0
        return self._frames[file] + every

    def keep(self, item: Mapping[str, Any], name: str) -> list[str]:
        """Write all that belongs to one file or frame; returns what could not be, in sentences."""
        problems = []
        frame = shown_in(item).frame
        for kind in self._files:
            if frame >= 0 and kind.draw is not None:
                continue  # all frames become one video at the end
            try:
                kind.write(item, self._path / kind.folder, frame_name(name, frame), self._color)
            except WorkbenchError as error:
                if error.path is not None and Path(item["file"]) != error.path:
                    raise  # the disk is full: nothing after this could be written, too
                problems.append(error.sentence())
        self._append({**item, "name": name, "stamp": _stamp(Path(item["file"]))})
        return problems

    def end(self, path: Path, name: str, tell: Callable[[int], object]) -> None:
        """A video was looked at to its end: write what is made of all of its frames."""
        for kind in self._files:
            if kind.draw is not None and str(path) in self._starts:
                write_drawn(path, self._answers([path], self._starts[str(path)]),
                            self._path / kind.folder / f"{name}.mp4",
                            partial(_drawn, kind.draw, self._color), tell)
        self._append({"file": str(path), "name": name, "stamp": _stamp(path), "end": True})

    def _color(self, label: str) -> str:
        return self._colors.get(label, "#3b6cf6")

    def _append(self, data: Mapping[str, Any]) -> None:
        assert self._stream is not None
        try:
            place = self._stream.tell()
            self._stream.write(_line(data))
            self._stream.flush()
        except OSError as error:
            raise WorkbenchError(disk_reason(error), path=self._path / ANSWERS,
                                 kept="What was found before is kept.") from error
        self._note(data, place)

    def close(self) -> None:
        if self._stream is not None:
            with suppress(OSError):  # of a full disk, which was told when the line was written
                self._stream.close()
            self._stream = None

    def finish(self, wanted: Collection[Path]) -> dict[str, int]:
        """Write the tables or labels of all that were asked for; returns how much there is."""
        objects, files = 0, set()
        for item in self._answers(wanted):
            files.add(item["file"])
            objects += sum(1 for _ in self._saving.rows(item))
        tracks = {} if self._sure is None else {"tracks": self._write_tracks(wanted, self._sure)}
        if self._kind in TABLES:
            name = "predictions.json" if self._kind == "json" else "predictions.csv"
            text = table(self._kind, self._answers(wanted), self._run, bool(self._frames))
            write_atomic(self._path / name, text.encode("utf-8", "surrogatepass"))
        else:
            self._write_labels(wanted)
        return {"files": len(files), "objects": objects, **tracks}

    def _answers(self, wanted: Collection[Path], start: int = 0) -> Iterator[dict[str, Any]]:
        """What is kept, one by one; of a file that was looked at twice the newer answer."""
        with (self._path / ANSWERS).open("rb") as stream:
            stream.seek(start)
            if not start:
                next(stream)
            for line in stream:
                item = parse_json(line)
                if Path(item["file"]) in wanted and item["stamp"] == self._done[item["file"]] \
                        and "end" not in item:
                    del item["stamp"]
                    yield item

    def _write_tracks(self, wanted: Collection[Path], sure: float) -> int:
        """Follow things through each video, one video in memory at a time; how many there are."""
        follow = self._saving.tracks
        assert follow is not None
        out = io.StringIO()
        table = csv.writer(out)
        table.writerow(("file", *TrackRow._fields))
        number = 0
        for file, start in self._starts.items():
            if Path(file) in wanted:
                tracks = follow(list(self._answers([Path(file)], start)), sure)
                table.writerows((file, *row) for row in tracks)
                number += len(tracks)
        write_atomic(self._path / TRACKS, out.getvalue().encode("utf-8", "surrogatepass"))
        return number

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
                            name=writable(_picture_name(item)))
            for item in self._answers(wanted)))


def _picture_name(item: Mapping[str, Any]) -> str:
    frame = shown_in(item).frame
    suffix = Path(item["file"]).suffix if frame < 0 else ".jpg"
    return f"{frame_name(item['name'], frame)}{suffix}"


def _drawn(draw: Draw, color: Color, image: object, item: Mapping[str, Any]) -> None:
    draw(image, item, color)


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
