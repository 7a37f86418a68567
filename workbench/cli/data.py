"""``workbench import`` and ``doctor``."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from workbench.core.errors import Problem, UsageError
from workbench.core.paths import is_file, is_folder
from workbench.core.terminal import Line, print_json
from workbench.core.text import count


def import_data(options: argparse.Namespace) -> int:
    """Make a project from a data set."""
    from workbench.project.imports.images import import_dataset
    from workbench.project.imports.left_behind import left_words
    from workbench.project.imports.preview import preview

    if not is_folder(options.source) and not is_file(options.source):
        raise UsageError(f"there is no folder or file {options.source}")
    line = Line()
    if options.check:
        report = preview(options.source, options.project, options.format, follow=options.follow,
                         split=options.split, labels=options.labels)
    else:
        report = import_dataset(
            options.source, options.project, options.format,
            progress=lambda done, total: line.show(f"Importing {done}/{total}"),
            follow=options.follow, split=options.split, labels=options.labels,
            rename=_renamed(options.rename), images=options.images,
        )
    line.clear()
    if options.json:
        print_json(report.to_json())
    else:
        print(report.words())
        for problem in report.problems:
            print(_problem_words(problem))
        for words in (*report.notes, *left_words(report.left)):
            print(words)
    return 1 if report.reason else 0


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
    from workbench.project.label_export import ExportWishes, export_labels, plan_export

    if not is_folder(options.project):
        raise UsageError(f"there is no folder {options.project}")
    wishes = ExportWishes(options.format, options.split,
                          None if options.classes is None else tuple(options.classes),
                          options.images, options.all)
    line = Line()
    if options.check:
        found = plan_export(options.project, wishes, options.out)
    else:
        found = export_labels(options.project, wishes, options.out,
                              lambda done, total: line.show(f"Writing {done}/{total}"))
    line.clear()
    if options.json:
        print_json(found.to_json())
        return 0
    print(found.words())
    for problem in found.problems:
        print(_problem_words(problem))
    for words in found.lost():
        print(words)
    return 0


def doctor(options: argparse.Namespace) -> int:
    """List what is wrong with a project's files; finding something is no failure."""
    from workbench.project.doctor import doctor as examine

    if not is_folder(options.project):
        raise UsageError(f"there is no folder {options.project}")
    line = Line()
    problems = examine(options.project, lambda done, total: line.show(f"Looking {done}/{total}"))
    line.clear()
    if options.json:
        print_json([asdict(problem) for problem in problems])
    else:
        for problem in problems:
            print(_problem_words(problem))
        print(_count_words(problems))
    return 0


_SEVERITY_WORDS = {"error": "Cannot be used", "warning": "Note"}


def _problem_words(problem: Problem) -> str:
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


def _count_words(problems: list[Problem]) -> str:
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    if not problems:
        return "All files are fine."
    return (f"{count(errors, 'file')} that cannot be used, {count(warnings, 'note')}.")
