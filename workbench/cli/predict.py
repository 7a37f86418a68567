"""``workbench predict``: a model on files that need not belong to the project."""

from __future__ import annotations

import argparse
import glob
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from workbench.cli import predict_counting, predict_limits, predict_tracks, track_options
from workbench.cli.output import LineReporter
from workbench.cli.tables import MEASUREMENTS, TABLES, table_lines
from workbench.cli.task import task_of_run
from workbench.core.errors import Problem, UsageError
from workbench.core.paths import exists, is_folder
from workbench.core.terminal import StatusLine, clean_stdout, print_json, print_line
from workbench.core.text import count, listed, several
from workbench.core.video import (
    VIDEO_SUFFIXES,
    Source,
    VideoFrames,
    is_video,
    place_text,
)
from workbench.extension.registry import load
from workbench.extension.shell import ShellTask
from workbench.extension.tasks import tasks
from workbench.formats.atomic import disk_reason
from workbench.media.conversion_kinds import conversion_of
from workbench.media.images.file_kinds import kind_of_file
from workbench.media.images.stack_kinds import UNSHOWN_SUFFIXES
from workbench.media.recording_place import Stations
from workbench.project.named_files import FreeNames, files_inside
from workbench.project.runs import find_run, find_run_at
from workbench.project.stack_images import find_stacks, first_pages_text

if TYPE_CHECKING:
    from workbench.cli.predict_folder import ResultFolder
    from workbench.project.runs import RunFolder


def add(command: argparse.ArgumentParser) -> None:
    """Give ``predict`` its options, but for those that several commands share."""
    command.add_argument("files", nargs="+", type=Path, metavar="FILE",
                         help="images, videos or sounds, folders of them, or patterns "
                         "(“night/**/*.jpg”)")
    command.add_argument("--format", default="", metavar="NAME",
                         help="csv (a row for each thing found), sums (a row for each file), "
                         "hours (how many in each hour of each day at each station, by the dates "
                         "in files and their names, and by folders), measurements (area, length, "
                         "form and brightness of each thing), tracks (of videos: way, speed and "
                         "time of each thing that is followed), positions (of these, in each "
                         "frame), crossings (of these, over each line), json, or with --out a "
                         "format of labels (voc, yolo, coco …)")
    command.add_argument("--out", type=Path, metavar="DIR",
                         help="keep the results there; the same command again goes on where it "
                         "was interrupted")
    command.add_argument("--save-crops", action="store_true",
                         help="with --out: also what was found, in a folder for each class")
    command.add_argument("--draw", action="store_true",
                         help="with --out: also the images or videos with what was found drawn")
    command.add_argument("--scale-bar", action="store_true",
                         help="with --draw: a scale bar on each whose pixel size is known, by the "
                         "file or the project")
    command.add_argument("--masks", action="store_true",
                         help="with --out: also a mask of each image, a PNG whose values are the "
                         "classes of the pixels")
    command.add_argument("--every", type=_whole, default=1, metavar="N",
                         help="of videos, look at every Nth frame (default: each)")
    command.add_argument("--then", default="", metavar="RUN",
                         help="ask this classifier of images about each box that was found: a run "
                         "of this project, or the folder of another project or of its run")
    command.add_argument("--then-only", action="append", default=[], metavar="CLASS",
                         help="with --then: only about boxes of this class; more than once for "
                         "several")
    command.add_argument("--gate", action="store_true",
                         help="of long recordings, hear only what is louder than the background: "
                         "much faster where little is to be heard")
    predict_limits.add(command)
    predict_counting.add(command)
    track_options.add(command)
    command.add_argument("--raven", action="store_true",
                         help="with --out: also a selection table for Raven for each sound, and "
                         "one for all")
    command.add_argument("--tables", action="store_true",
                         help="with --out: also a CSV table for each sound")


def predict(options: argparse.Namespace) -> int:
    """Ask a model about files; one that cannot be read is told, and the others go on."""
    table_only = options.out is None and options.format in TABLES[1:]
    with clean_stdout() if table_only and not options.json else nullcontext():
        return _predict(options)


def _predict(options: argparse.Namespace) -> int:
    run = find_run(options.project, options.run)
    task = task_of_run(run)
    _check(options, run)
    if options.out is not None:
        from workbench.cli.predict_folder import ResultFolder, begun_with

        predict_limits.take_own_score(options, run, "predict", begun_with(options.out))
        folder = ResultFolder.open(options, run)
        files, problems = _files(options.files, task, folder.names, run)
        _say_uncounted(folder.counting, files)
        _say_pages(files)
        return _into(folder, files, problems, options, run)
    predict_limits.take_own_score(options, run, "predict")
    counting = predict_counting.counting_of(options, run.task)
    files, problems = _files(options.files, task, {}, run)
    _say_uncounted(counting, files)
    _say_pages(files)
    line = StatusLine()
    sources = [source(path, options.every) for path, _ in files]
    frames = any(is_video(path) for path, _ in files)
    kind = "json" if options.json else options.format
    said = sys.stderr if kind in TABLES[1:] else sys.stdout

    found = _counted(answers(run, sources, options, line), counting, problems, line, said)
    if kind in TABLES[1:]:
        texts = table_lines(kind, found, run, frames, bool(options.then),
                            Stations(path for path, _ in files),
                            partial(predict_tracks.film_rows, options, run))
    else:
        texts = (f"{place_text(item)}: {task.found_text(item)}" for item in found
                 if counting is None or not is_video(Path(item["file"])))
    for text in texts:  # each as it comes: however many there are, none is kept
        line.clear()
        print_line(text)
    line.clear()
    if counting is not None and options.events is not None:
        counting.write_events(options.events)
    return _end(problems)


def _counted(items: Iterable[dict[str, Any] | Problem],
             counting: predict_counting.Counting | None, problems: list[str], line: StatusLine,
             said: TextIO) -> Iterator[dict[str, Any]]:
    """The answers; those of a video that is counted in come with the numbers of the things, when
    all of it was looked at, and its sums are told."""
    for file, some in groupby(items, _file_of):
        answered = _answered(some, problems)
        if counting is None or not is_video(Path(file)):
            yield from answered
            continue
        film, words = counting.numbered(file, list(answered))
        if film:
            line.clear()
            print(f"{file}: {words}", flush=True, file=said)
        yield from film


def _say_uncounted(counting: predict_counting.Counting | None,
                   files: Iterable[tuple[Path, str]]) -> None:
    if counting is not None and not any(is_video(path) for path, _ in files):
        print("workbench predict: things are followed and counted in videos only; there is none.",
              file=sys.stderr)


def _say_pages(files: Iterable[tuple[Path, str]]) -> None:
    if words := first_pages_text(len(find_stacks((path.name, path) for path, _ in files))):
        print(f"workbench predict: {words}", file=sys.stderr)


def _answered(items: Iterable[dict[str, Any] | Problem], problems: list[str],
              ) -> Iterator[dict[str, Any]]:
    """The answers; what is wrong with the others goes to ``problems``."""
    for item in items:
        if isinstance(item, Problem):
            problems.append(item.reason)
        else:
            yield item


def _into(folder: ResultFolder, files: list[tuple[Path, str]], problems: list[str],
          options: argparse.Namespace, run: RunFolder) -> int:
    """Write what is not there yet, and at the end the tables of all."""
    line = StatusLine()
    names = dict(files)
    left = [path for path in names if not folder.has(path)]
    if len(left) < len(names):
        line.say(f"{count(len(names) - len(left), 'file')} of an earlier call "
                 f"{'is' if len(names) - len(left) == 1 else 'are'} there already.")
    sources = [source(path, options.every, folder.next_frame(path, options.every)) for path in left]
    seen: set[str] = set()

    def end(path: Path) -> None:
        folder.end(path, names[path], lambda done: line.show(f"Drawing {done:,}"))

    try:
        for file, items in groupby(answers(run, sources, options, line), _file_of):
            broken = False
            seen.add(file)
            for item in items:
                if isinstance(item, Problem):
                    problems.append(item.reason)
                    broken = True
                else:
                    problems += folder.keep(item, names[Path(file)])
            if is_video(Path(file)) and not broken:
                end(Path(file))
        for path in left:  # whose last frame was looked at when it was interrupted
            if is_video(path) and str(path) not in seen:
                end(path)
    finally:
        folder.close()
    line.clear()
    words = folder.finish(names)
    tracks = f", {count(words['tracks'], 'track')}" if "tracks" in words else ""
    print_json({"folder": str(options.out), **words}) if options.json else print(
        f"{count(words['objects'], 'result')} in {count(words['files'], 'file')}{tracks}: "
        f"{options.out}")
    for note in folder.notes:
        print(note, file=sys.stderr)
    return _end([*problems, *folder.problems])


def _file_of(item: Mapping[str, Any] | Problem) -> str:
    return item.path if isinstance(item, Problem) else str(item["file"])


def source(path: Path, every: int, first: int = 0) -> Source:
    """A picture or sound, or those frames of a video."""
    return VideoFrames(path, first, every) if is_video(path) else path


def _whole(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"“{text}” is not a whole number above 0")
    return int(text)


def _check(options: argparse.Namespace, run: RunFolder) -> None:
    extra = [name for name in ("save_crops", "draw", "masks", "raven", "tables")
             if getattr(options, name)]
    if options.out is None and extra:
        raise UsageError(f"--{extra[0].replace('_', '-')} needs a folder: --out DIR")
    if options.scale_bar and not options.draw:
        raise UsageError("--scale-bar is about what is drawn: --draw")
    if options.gate and not tasks.get(run.task).gate:
        raise UsageError(f"--gate: {run.name} ({tasks.get(run.task).title}) hears no recordings")
    predict_limits.limits_of(options, run)
    predict_tracks.check(options, run)
    if options.format == MEASUREMENTS:
        _check_measurable(run)
    if options.then_only and not options.then:
        raise UsageError("--then-only needs a second model: --then RUN")
    if unknown := sorted({*options.then_only} - {*run.config.get("classes", ())}):
        raise UsageError(f"--then-only: {run.name} knows no class called {listed(unknown)}")
    if options.then:
        second = find_run_at(options.project, options.then)
        for of, kind, means in ((run, "boxes", "finds no boxes"),
                                (second, "crops", "cannot be asked about boxes")):
            if not getattr(tasks.get(of.task), kind):
                raise UsageError(f"--then: {of.name} ({tasks.get(of.task).title}) {means}")
    if options.out is None and options.format not in ("", *TABLES):
        raise UsageError(f"the format “{options.format}” needs a folder: --out DIR")


def _check_measurable(run: RunFolder) -> None:
    from workbench.project.measurements.predictions import measurable

    task = tasks.get(run.task)
    if not task.saving or not measurable(load(task.saving), task.medium):
        raise UsageError(f"--format {MEASUREMENTS}: {run.name} ({task.title}) finds nothing that "
                         "has a size")


def answers(run: RunFolder, files: Sequence[Source], options: argparse.Namespace,
            line: StatusLine) -> Iterator[dict[str, Any] | Problem]:
    """What the model says, file by file, with progress in ``line``."""
    if not files:
        return
    from workbench.engine.data.reading import expected_pictures
    from workbench.engine.memory import kept_memory
    from workbench.engine.tasks import engine_task  # torch: after the checks

    videos = any(isinstance(file, VideoFrames) for file in files)
    limits = {"score_thresh": predict_limits.least_asked(options, run, videos=videos),
              "nms_thresh": options.nms_thresh, **({"gate": 1.0} if options.gate else {})}
    report = LineReporter(line)
    total = expected_pictures(files) if tasks.get(run.task).videos else len(files)
    with kept_memory():
        found = predict_limits.limited(engine_task(run.task).predict_each(
            run, files, report, options.device, limits), options, run)
        if options.then:
            from workbench.engine.chain import Chain

            found = Chain.load(find_run_at(options.project, options.then), options.then_only,
                               options.device).follow(found)
        for done, item in enumerate(found, 1):
            yield item
            report("Looking", done, max(done, total))


def _end(problems: Sequence[str]) -> int:
    for text in problems:
        print(f"workbench predict: {text}", file=sys.stderr)
    return 1 if problems else 0


# --- which files ----------------------------------------------------------------------------------


def _files(paths: list[Path], task: ShellTask, known: Mapping[str, str], run: RunFolder,
           ) -> tuple[list[tuple[Path, str]], list[str]]:
    """The files to look at, each with a name that no other has (a posix path without suffix; that
    in ``known`` stays), and what is to be said of those that are something else."""
    files: dict[Path, str] = {}
    names = FreeNames(known.values())
    problems: list[str] = []
    videos = tasks.get(run.task).videos
    suffixes = task.suffixes | VIDEO_SUFFIXES if videos else task.suffixes

    def take(path: Path, name: str) -> None:
        if path not in files:
            files[path] = known.get(str(path)) or names.of(name)

    for path in (one for pattern in paths for one in _matching(pattern)):
        if is_folder(path):
            refused: list[OSError] = []
            inside = list(files_inside(path, suffixes, refused.append))
            problems += [f"{error.filename} could not be listed: {disk_reason(error, 'read')}"
                         for error in refused]
            if not inside and not refused:
                problems.append(" ".join((f"{path} holds no {several(task.noun)}.",
                                          *_unread(path, task.noun))).rstrip("."))
            for file in inside:
                take(file, file.relative_to(path).as_posix())
        elif (made := conversion_of(path)) is not None:
            problems.append(f"{path} is not read as it is: “workbench import” makes a "
                            f"{made.suffix} file of it")
        elif path.suffix.lower() in UNSHOWN_SUFFIXES:
            problems.append(f"{path} is not looked at as it is: “workbench pages” makes images of "
                            "what is in it")
        elif (other := "video" if is_video(path) and not videos else kind_of_file(path)) \
                in ("", task.noun):
            take(path, path.name)  # what is said of a damaged one is told when it is read
        else:
            what = f"an {other}" if other[0] in "aeiou" else f"a {other}"
            problems.append(f"{path} is {what}; this run knows {several(task.noun)} only")
    return list(files.items()), problems


def _matching(path: Path) -> list[Path]:
    """The file or folder, or what a pattern means that the shell has left as it is."""
    if exists(path):
        return [path]
    text = str(path)
    found = sorted(glob.glob(text, recursive=True)) if glob.has_magic(text) else []  # noqa: PTH207
    if not found and path.is_symlink():
        raise UsageError(f"{path} is a link that leads nowhere, or to itself")
    if not found:
        raise UsageError(f"there is no file {path}")
    return [Path(name) for name in found]


def _unread(folder: Path, noun: str) -> list[str]:
    """Which files of a folder are images (or sounds) of kinds that are not read."""
    from workbench.project.imports.skipped_files import find_skipped_files, skipped_text

    left = find_skipped_files(folder, (), f"{noun}s")
    return skipped_text((item for item in left if item.kind == noun and "/" not in item.path),
                      "Not read")
