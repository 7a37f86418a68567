"""``workbench split``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.paths import is_folder
from workbench.core.terminal import StatusLine, print_json
from workbench.project.grouping import AUTO, NAME, NOTHING, Grouping
from workbench.project.grouping_schema import SCHEMA, grouping_of
from workbench.project.manifest import Manifest

if TYPE_CHECKING:
    from workbench.project.datasets.grouped_split import GroupedSplit, Labelled

_SHOWN = 40  # groups


def add(command: argparse.ArgumentParser) -> None:
    """Give ``split`` its options."""
    by, pattern = SCHEMA["group_by"], SCHEMA["pattern"]
    command.add_argument("--group-by", choices=[value for value, _ in by.choices], default=None,
                         help="what was taken by the same station (camera), day or night there, "
                         "folder, recording, or has the same part of its name, stays in one part "
                         "of the split; kept in workbench.toml")
    command.add_argument("--pattern", default="", metavar="TEXT", help=pattern.help)
    command.add_argument("--again", action="store_true",
                         help="split again where the samples are split already; the split that "
                         "there was is kept under another name")
    command.add_argument("--use", default="", metavar="NAME",
                         help="use the split splits/NAME.json from now on, as earlier-1 that was "
                         "kept when samples were split again; that of now is kept, too")
    command.add_argument("--check", action="store_true", help="only say what would be")


def split(options: argparse.Namespace) -> int:
    """Say how samples are split, and by what; split them where that is asked for."""
    from workbench.project.datasets.grouped_split import Labelled, current_split, new_split

    if not is_folder(options.project):
        raise UsageError(f"there is no folder {options.project}")
    manifest = Manifest.load(options.project)
    if manifest.problem is not None:  # what is to be kept together is not known then
        raise WorkbenchError(manifest.problem.reason.rstrip("."), kept="Nothing was split.")
    wanted = _wanted(options, manifest.grouping)
    if options.use and (options.again or options.check or options.group_by):
        raise UsageError("--use goes without --again, --check and --group-by")
    note = _used(options, wanted) if options.use else ""
    line = StatusLine()
    found = Labelled.read(options.project,
                          lambda done, total: line.show(f"Reading {done}/{total}"))
    line.clear()
    asked = options.group_by is not None or options.again
    if asked and not found.kinds and not options.check:
        return _said_before_labels(manifest, options, wanted)
    now = current_split(found, wanted)
    if now is not None and not options.again:
        note = note or ("It was split before and stays as it is; --again splits anew."
                        if asked else "")
        if asked and not options.check:
            _declare(manifest, options, wanted)
        return _told(now, options, note)
    made = new_split(found, wanted)
    if options.check or not asked:
        return _told(made, options, "" if now is None and asked else
                     "Nothing was split yet: this is what it would be." if now is None else "")
    return _told(made, options, _split_again(found, made, manifest, options))


def _wanted(options: argparse.Namespace, declared: Grouping) -> Grouping:
    if options.group_by is None:
        if options.pattern:
            raise UsageError("--pattern goes with --group-by name")
        return declared
    if options.group_by != NAME and options.pattern:
        raise UsageError("--pattern goes with --group-by name")
    return grouping_of({"group_by": options.group_by, "pattern": options.pattern})


def _declare(manifest: Manifest, options: argparse.Namespace, wanted: Grouping) -> None:
    if manifest.grouping != wanted:
        manifest.grouping = wanted
        manifest.save(options.project)


def _said_before_labels(manifest: Manifest, options: argparse.Namespace,
                        wanted: Grouping) -> int:
    """Keep what is said where there is nothing to split yet."""
    _declare(manifest, options, wanted)
    note = "Nothing is labelled yet: it counts as soon as samples are split."
    if options.json:
        print_json({**wanted.values(), "note": note})
    else:
        print(note)
    return 0


def _used(options: argparse.Namespace, grouping: Grouping) -> str:
    from workbench.project.edits.split_steps import SplitAgain

    step = SplitAgain.to(options.project, options.use, grouping)
    step.do()
    return f"Trainings use {options.use} from now on" + (
        f"; the one before is {step.kept}." if step.kept else ".")


def _split_again(found: Labelled, made: GroupedSplit, manifest: Manifest,
                 options: argparse.Namespace) -> str:
    from workbench.project.datasets.splits import Split
    from workbench.project.edits.split_steps import SplitAgain

    step = SplitAgain(options.project, found.split or Split(), made.split,
                      (manifest.grouping, made.grouping),
                      lambda grouping: _declare(manifest, options, grouping))
    step.do()
    return f"Written: {options.project / 'splits' / 'default.json'}" + (
        f"; the one before is {step.kept}" if step.kept else "")


def _told(made: GroupedSplit, options: argparse.Namespace, note: str) -> int:
    if options.json:
        print_json({**made.to_json(), "note": note})
        return 0
    by = made.grouping.by
    if by not in (AUTO, NOTHING) or made.groups:
        for row in made.rows[:_SHOWN]:
            parts = ", ".join(f"{number:,} {part}" for part, number in row.parts.items())
            print(f"{row.name}  {parts}")
        if len(made.rows) > _SHOWN:
            print(f"… and {len(made.rows) - _SHOWN:,} more")
    for words in (made.words(), *made.doubts(), *([note] if note else [])):
        print(words)
    return 0
