"""The folder that ``workbench predict --out`` fills: interrupted, it goes on.

``answers.jsonl`` has a line for each file that was looked at, appended when everything else was
written that belongs to the file; from it the tables are made at the end. Its first line says what
the answers are of, so that those of two models are never mixed.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Self

from workbench.cli.predict_counting import Counting, counting_of
from workbench.cli.predict_limits import head_score, limits_of
from workbench.cli.predict_tracks import film_rows
from workbench.cli.tables import MEASUREMENTS, TABLES, Films, table_lines
from workbench.core.csv_text import csv_text
from workbench.core.errors import FormatError, UsageError, WorkbenchError
from workbench.core.plain import fitted, parse_json
from workbench.core.video import frame_name, is_video, shown_in
from workbench.engine.models.card import read_card
from workbench.evaluation.counting import Tally
from workbench.extension.annotation_formats import annotation_formats
from workbench.extension.saving import Color, Draw, PredictionFiles, Saving, TrackRow
from workbench.extension.tasks import load, tasks
from workbench.formats.atomic import DiskErrors, replacing, write_all, write_atomic
from workbench.formats.regular_file import MB, open_regular
from workbench.media.recording_place import Stations
from workbench.project.activity import Activity, grid_picture
from workbench.project.counting import draw_places, track_numbers, with_numbers
from workbench.project.drawn_scale_bar import ScaleBars
from workbench.project.drawn_video import write_drawn
from workbench.project.label_export import LabelExport
from workbench.project.manifest import Manifest
from workbench.project.measurements.film_predictions import CROSSINGS, FILM_TABLES, POSITIONS
from workbench.project.measurements.film_predictions import TRACKS as FILM_TRACKS
from workbench.project.measurements.predictions import measurable
from workbench.project.predicted_labels import label_formats, write_predicted
from workbench.project.run_skeletons import skeletons_of_run
from workbench.project.runs import RunFolder, find_run_at

KEPT = "What was found is kept; the same command goes on from there."
ANSWERS = "answers.jsonl"
TRACKS = "tracks.csv"
EVENTS, SUMS = "events.csv", "counts.csv"
_NAMES = {"json": "predictions.json", MEASUREMENTS: "measurements.csv",
          FILM_TRACKS: "track-measurements.csv", POSITIONS: "positions.csv",
          CROSSINGS: "crossings.csv"}
"""Of tables, by their kinds."""
_FILES = {"save_crops": "crops", "draw": "draw", "masks": "masks", "raven": "raven",
          "tables": "tables"}


def begun_with(folder: Path) -> float | None:
    """The least score that results in a folder were begun with; None where there are none."""
    try:
        with open_regular(folder / ANSWERS) as stream:
            score: float = fitted(parse_json(stream.readline(MB))["score_thresh"], float)
            return score
    except (OSError, ValueError, KeyError, TypeError):
        return None


class ResultFolder:
    """Where results are kept, and what is there already; see :meth:`open`."""

    def __init__(self, path: Path, run: RunFolder, saving: Saving, kind: str,
                 files: Sequence[PredictionFiles]) -> None:
        self._path, self._run, self._saving, self._kind = path, run, saving, kind
        self._files = files
        self._then = False  # whether a second model is asked
        self._bars: ScaleBars | None = None
        self.counting: Counting | None = None
        self._events: Path | None = None  # where else than here they go
        self._films: Films
        self._done: dict[str, list[int]] = {}
        self._frames: dict[str, int] = {}  # of videos, the last frame that was looked at
        self._ended: set[str] = set()  # videos that were looked at to their end
        self._starts: dict[str, int] = {}  # of videos, where their first line begins
        self.names: dict[str, str] = {}
        """What files that were looked at are called there, by path."""
        self.notes: list[str] = []
        self.problems: list[str] = []
        """What has no place in the format of labels, and what could not be written, in sentences;
        known at the end."""
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
        folder._then = bool(options.then)
        if options.scale_bar:
            folder._bars = ScaleBars(Manifest.load(run.project).pixel_sizes, run.project)
        folder.counting, folder._events = counting_of(options, run.task), options.events
        folder._films = partial(film_rows, options, run)
        every = {"every": options.every} if options.every > 1 else {}
        gate = {"gate": True} if options.gate else {}
        bars = {"scale_bar": True} if options.scale_bar else {}
        own = {"limits": limits} if (limits := limits_of(options, run)) else {}
        then = {} if not options.then else {
            "then": read_card(find_run_at(options.project, options.then).best_path).id,
            "then_only": sorted(options.then_only)}
        folder._begin({"model": read_card(run.best_path).id, "run": run.name,
                       "score_thresh": head_score(options), "nms_thresh": options.nms_thresh,
                       "also": sorted(item.folder for item in chosen), **every, **gate, **own,
                       **then, **bars})
        return folder

    def _begin(self, head: Mapping[str, Any]) -> None:
        path = self._path / ANSWERS
        with DiskErrors(self._path):
            self._path.mkdir(parents=True, exist_ok=True)
            if path.exists():
                self._go_on(path, head)
            elif any(self._path.iterdir()):
                raise UsageError("there is something else in it; name a new or empty folder",
                                 path=self._path)
            else:
                write_atomic(path, _line(head))
            self._stream = path.open("ab")

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
            if data.get("shows", []) == self._shows:
                self._ended.add(file)
            else:  # it is drawn anew
                self._ended.discard(file)
        elif "frame" in data:
            self._frames[file] = int(data["frame"])
            self._starts.setdefault(file, place)

    def has(self, path: Path) -> bool:
        """Whether the file was looked at, as it is now, and a video to its end."""
        file = str(path)
        return self._done.get(file) == _stamp(path) and (file in self._ended or not is_video(path))

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
                kind.write(self._drawn_as(item), self._path / kind.folder,
                           frame_name(name, frame), self._color)
            except WorkbenchError as error:
                if error.path is not None and Path(item["file"]) != error.path:
                    # the disk is full: nothing after this could be written, too
                    raise WorkbenchError(error.message, path=error.path, kept=KEPT) from error
                problems.append(error.sentence())
        self._append({**item, "name": name, "stamp": _stamp(Path(item["file"]))})
        return problems

    def end(self, path: Path, name: str, progress: Callable[[int], object]) -> None:
        """A video was looked at to its end: write what is made of all of its frames."""
        for kind in self._files:
            if kind.draw is not None and str(path) in self._starts:
                answers, draw = self._for_drawing(path, kind.draw)
                write_drawn(path, answers, self._path / kind.folder / f"{name}.mp4", draw, progress)
        self._append({"file": str(path), "name": name, "stamp": _stamp(path), "end": True,
                      **({"shows": self._shows} if self._shows else {})})

    @property
    def _shows(self) -> list[str]:
        """What a video that is drawn shows besides boxes."""
        if self.counting is None or all(kind.draw is None for kind in self._files):
            return []
        return ["numbers", *map(str, self.counting.places)]

    def _for_drawing(
        self, path: Path, draw: Draw
    ) -> tuple[Iterator[Mapping[str, Any]], Callable[[Any, Mapping[str, Any]], object]]:
        """The answers of a video and what draws one: with numbers, lines and zones, where things
        are followed."""
        answers = map(self._drawn_as, self._answers([path], self._starts[str(path)]))
        if self.counting is None:
            return answers, partial(_drawn, draw, self._color, None)
        found = list(answers)
        tracks, tally = self.counting.follow(found)
        numbers = track_numbers(tracks)
        return ((with_numbers(item, at, numbers) for at, item in enumerate(found)),
                partial(_drawn, draw, self._color, tally))

    def _drawn_as(self, item: Mapping[str, Any]) -> Mapping[str, Any]:
        """An answer as it is drawn: with a scale bar, where one is wanted."""
        return item if self._bars is None else self._bars.of(item)

    def _color(self, label: str) -> str:
        return self._colors.get(label, "#3b6cf6")

    def _append(self, data: Mapping[str, Any]) -> None:
        assert self._stream is not None
        with DiskErrors(self._path / ANSWERS, kept=KEPT):
            place = self._stream.tell()
            self._stream.write(_line(data))
            self._stream.flush()
        self._note(data, place)

    def close(self) -> None:
        if self._stream is not None:
            with suppress(OSError):  # of a full disk, which was reported when the line was written
                self._stream.close()
            self._stream = None

    def finish(self, wanted: Collection[Path]) -> dict[str, int]:
        """Write the tables or labels of all that were asked for; returns how much there is."""
        try:
            return self._finish(wanted)
        except FormatError:  # what is kept cannot be read: the same command would not help
            raise
        except WorkbenchError as error:
            raise WorkbenchError(error.message, path=error.path, line=error.line, kept=KEPT) \
                from error

    def _finish(self, wanted: Collection[Path]) -> dict[str, int]:
        objects, files = 0, set()
        for item in self._answers(wanted):
            files.add(item["file"])
            objects += sum(1 for _ in self._saving.rows(item))
        for kind in self._files:
            if kind.whole is not None:
                kind.whole(self._answers(wanted), self._path / kind.folder)
        tracks = {} if self.counting is None else {
            "tracks": self._write_tracks(wanted, self.counting)}
        if self._kind in TABLES:
            stations = Stations(wanted)
            name = _NAMES.get(self._kind, "predictions.csv")
            end = "\n" if self._kind == "json" else "\r\n"  # as CSV has them
            with replacing(self._path / name) as file:
                for line in table_lines(self._kind, self._answers(wanted), self._run,
                                        bool(self._frames), self._then, stations, self._films):
                    write_all(file, f"{line}{end}".encode("utf-8", "surrogatepass"))
            if self._kind == "hours":
                found = Activity(self._saving, stations)
                for item in self._answers(wanted):
                    found.add(item)
                write_atomic(self._path / "hours.svg", grid_picture(found.grid()).encode())
        else:
            written = self._write_labels(wanted)
            self.notes = written.lost()
            self.problems = [problem.reason for problem in written.problems]
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

    def _write_tracks(self, wanted: Collection[Path], counting: Counting) -> int:
        """Follow things through each video, one video in memory at a time; how many there are."""
        rows: list[tuple[Any, ...]] = [("file", *TrackRow._fields)]
        for file, start in self._starts.items():
            if Path(file) in wanted:
                tracks, _ = counting.take(file, list(self._answers([Path(file)], start)))
                rows += ((file, *track.row) for track in tracks)
        write_atomic(self._path / TRACKS, csv_text(rows).encode("utf-8", "surrogatepass"))
        counting.write_events(self._events or self._path / EVENTS)
        if counting.places:
            counting.write_sums(self._path / SUMS)
        return counting.tracks

    def _write_labels(self, wanted: Collection[Path]) -> LabelExport:
        folder = self._path / self._kind
        folder.mkdir(exist_ok=True)
        answers = ((item, frame_name(item["name"], shown_in(item).frame))
                   for item in self._answers(wanted))
        return write_predicted(annotation_formats.get(self._kind), self._saving,
                               self._run.config.get("classes", ()), answers, folder,
                               skeletons_of_run(self._run))


def _drawn(draw: Draw, color: Color, tally: Tally | None, image: Any, item: Mapping[str, Any],
           ) -> None:
    draw(image, item, color)
    if tally is not None:
        draw_places(image, item, tally)


def _require_format(kind: str, medium: str, saving: Saving) -> None:
    if kind in TABLES:
        return
    known = [item.id for item in label_formats(saving, medium)]
    if kind not in known:
        tables = [name for name in TABLES[1:]
                  if (name != MEASUREMENTS or measurable(saving, medium))
                  and (name not in FILM_TABLES or saving.tracks is not None)]
        listed = ", ".join([*tables, *known])
        raise UsageError(f"there is no format “{kind}” for this; there are: {listed}")


def _line(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data).encode("ascii") + b"\n"


def _stamp(path: Path) -> list[int]:
    try:
        state = path.stat()
    except OSError:
        return [0, 0]
    return [state.st_mtime_ns, state.st_size]
