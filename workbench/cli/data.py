"""``workbench import`` and ``doctor``."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.signals import Asked, on_signals
from workbench.core.errors import Problem, UsageError
from workbench.core.paths import is_file, is_folder
from workbench.core.terminal import StatusLine, print_json
from workbench.core.text import count

if TYPE_CHECKING:
    from workbench.project.imports.report import ImportReport


def import_data(options: argparse.Namespace) -> int:
    """Make a project from a data set."""
    from workbench.project.imports.images import import_dataset
    from workbench.project.imports.preview import preview

    if not is_folder(options.source) and not is_file(options.source):
        raise UsageError(f"there is no folder or file {options.source}")
    if options.in_place:
        return _adopt(options)
    if options.project is None:
        raise UsageError("--project DIR says where the new project goes; --in-place makes one of "
                         "the folder itself")
    line = StatusLine()
    if options.check:
        report = preview(options.source, options.project, options.format, follow=options.follow,
                         split=options.split, labels=options.labels)
    else:
        asked = Asked()
        with on_signals(asked.stop, asked.stop):
            report = import_dataset(
                options.source, options.project, options.format,
                progress=lambda done, total: line.show(f"Importing {done}/{total}"),
                cancelled=lambda: asked.once,
                follow=options.follow, split=options.split, labels=options.labels,
                rename=_renamed(options.rename), images=options.images,
            )
    line.clear()
    return _told(report, as_json=options.json)


def _told(report: ImportReport, *, as_json: bool) -> int:
    """Print what came; returns the exit code."""
    from workbench.project.imports.skipped_files import skipped_text

    if as_json:
        print_json(report.to_json())
    else:
        print(report.words())
        for problem in report.problems:
            print(_problem_text(problem))
        for words in (*report.notes, *skipped_text(report.left)):
            print(words)
    if report.cancelled and not report.reason:
        print("Interrupted. Import the folder again to go on from there.", file=sys.stderr)
        return 130
    return 1 if report.reason else 0


def _adopt(options: argparse.Namespace) -> int:
    """Work in a folder as it is."""
    from workbench.project.datasets.labelled import LabelledFolder
    from workbench.project.stores.adopt import adopt, plan_adoption
    from workbench.project.stores.chosen import left_text

    if options.project is not None:
        raise UsageError("--in-place makes a project of the folder itself: leave --project out")
    plan = plan_adoption if options.check else adopt
    manifest = plan(options.source, options.format or "")
    if options.check and manifest.format == "coco":  # whose labels are not looked at before
        print(f"{options.source} would keep its labels as they are: "
              f"{count(len(manifest.classes), 'class')}. {left_text(manifest)}".rstrip())
        return 0
    labelled = len(LabelledFolder(options.source, manifest).labelled)
    if options.json:
        print_json({"project": str(options.source), "labels": manifest.labels,
                    "classes": manifest.classes, "labelled": labelled})
    else:
        images, classes = count(labelled, "labelled image"), count(len(manifest.classes), "class")
        print(f"{options.source} keeps its labels as they are: {images}, {classes}. "
              f"{left_text(manifest)}".rstrip())
    return 0


def _renamed(pairs: list[str]) -> dict[str, str]:
    """What ``--rename OLD=NEW`` says."""
    for pair in pairs:
        if "=" not in pair:
            raise UsageError(f"“{pair}” is not of the form OLD=NEW")
    return {old: new for old, _, new in (pair.rpartition("=") for pair in pairs)}


def add_export_labels(command: argparse.ArgumentParser) -> None:
    """Give ``export-labels`` its options, but for those that several commands share."""
    command.add_argument("--format", required=True, metavar="NAME",
                         help="yolo, yolo-segment, yolo-obb, yolo-pose, coco, voc, …")
    command.add_argument("--out", type=Path, required=True, metavar="DIR",
                         help="a new or empty folder")
    command.add_argument("--split", default="", metavar="NAME", help="train, val or test only")
    command.add_argument("--images", default="copy", metavar="HOW",
                         help="copy, link or none (default: copy)")
    command.add_argument("--class", action="append", default=None, dest="classes", metavar="NAME",
                         help="only objects of this class; may be repeated")
    command.add_argument("--all", action="store_true",
                         help="take along images that nothing is said of, too")
    command.add_argument("--check", action="store_true",
                         help="only say what would be written and lost")


def export_labels(options: argparse.Namespace) -> int:
    """Write a project's labels in another format."""
    from workbench.project.label_export import ExportRequest, export_labels, plan_export

    if not is_folder(options.project):
        raise UsageError(f"there is no folder {options.project}")
    request = ExportRequest(options.format, options.split,
                            None if options.classes is None else tuple(options.classes),
                            options.images, options.all)
    line = StatusLine()
    if options.check:
        found = plan_export(options.project, request, options.out)
    else:
        found = export_labels(options.project, request, options.out,
                              lambda done, total: line.show(f"Writing {done}/{total}"))
    line.clear()
    if options.json:
        print_json(found.to_json())
        return 0
    print(found.words())
    for problem in found.problems:
        print(_problem_text(problem))
    for words in found.lost():
        print(words)
    return 0


def add_doctor(command: argparse.ArgumentParser) -> None:
    """Give ``doctor`` its option."""
    command.add_argument("--write-split", action="store_true",
                         help="write the split of splits/default.json to data.yaml and its lists, "
                         "or to ImageSets/Main, where these say another one")


def doctor(options: argparse.Namespace) -> int:
    """List what is wrong with a project's files; finding something is no failure."""
    from workbench.project.doctor import doctor as examine

    if not is_folder(options.project):
        raise UsageError(f"there is no folder {options.project}")
    if options.write_split:
        return _write_split(options.project)
    line = StatusLine()
    problems = examine(options.project, lambda done, total: line.show(f"Looking {done}/{total}"))
    line.clear()
    if options.json:
        print_json([asdict(problem) for problem in problems])
    else:
        for problem in problems:
            print(_problem_text(problem))
        print(_count_text(problems))
    return 0


def _write_split(project: Path) -> int:
    from workbench.project.datasets.split_files import SplitWritten, split_files

    found = split_files(project)
    if found is not None:
        SplitWritten(found).do()
    for path in found.files if found is not None else ():
        print(f"Written: {path}")
    if found is None:
        print("There is no other split to replace.")
    return 0


_SEVERITY_WORDS = {"error": "Cannot be used", "warning": "Note"}


def _problem_text(problem: Problem) -> str:
    """One line ("Cannot be used: FILE could not be read: line 2, it is cut off.")."""
    path, reason = problem.path, problem.reason
    name = path.replace("\\", "/").rpartition("/")[2]
    if name and reason.startswith(name):
        sentence = path + reason[len(name):]  # the reason names the file: say once where it is
    else:
        sentence = f"{path}: {reason}"
    if problem.line is not None and f"line {problem.line}" not in reason:
        sentence = sentence.replace(path, f"{path}, line {problem.line}", 1)
    return f"{_SEVERITY_WORDS.get(problem.severity, 'Note')}: {sentence}"


def _count_text(problems: list[Problem]) -> str:
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    if not problems:
        return "All files are fine."
    return (f"{count(errors, 'file')} that cannot be used, {count(warnings, 'note')}.")
