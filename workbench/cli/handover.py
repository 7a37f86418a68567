"""``workbench pack``, ``unpack`` and ``bring-models``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from workbench.cli.signals import Asked, on_signals
from workbench.core.background import Cancelled
from workbench.core.errors import UsageError
from workbench.core.paths import exists, is_file
from workbench.core.terminal import StatusLine, print_json
from workbench.core.text import megabytes

if TYPE_CHECKING:
    from workbench.project.handover.packing import HandOver

T = TypeVar("T")


def add_pack(command: argparse.ArgumentParser) -> None:
    """Give ``pack`` its options."""
    command.add_argument("--out", type=Path, required=True, metavar="FILE",
                         help="the ZIP file, which must not be there yet")
    command.add_argument("--run", action="append", default=None, metavar="RUN",
                         help="a model that goes along: a run, last, all or none; may be repeated "
                         "(default: last)")
    command.add_argument("--no-samples", action="store_true",
                         help="leave out images, sounds and videos: the others have them")
    command.add_argument("--no-labels", action="store_true",
                         help="leave out labels, classes and splits")
    command.add_argument("--anonymous", action="store_true",
                         help="leave out who labelled what (labelled-by.csv)")
    command.add_argument("--names", default="", metavar="A,B",
                         help="with --people: what they are called; each is asked whether their "
                              "name is kept with what they label")
    command.add_argument("--people", type=int, default=1, metavar="N",
                         help="divide the samples among so many people: FILE-1.zip, FILE-2.zip, …")
    command.add_argument("--unlabelled", action="store_true",
                         help="with --people: divide only samples without labels")
    command.add_argument("--common", type=int, default=0, metavar="N",
                         help="with --people: so many samples go to everybody")
    command.add_argument("--check", action="store_true", help="only say what would go along")


def add_unpack(command: argparse.ArgumentParser) -> None:
    """Give ``unpack`` its options."""
    command.add_argument("file", type=Path, metavar="FILE", help="the ZIP file")
    command.add_argument("--out", type=Path, required=True, metavar="DIR",
                         help="the new project's folder")


def add_models(command: argparse.ArgumentParser) -> None:
    """Give ``bring-models`` its options."""
    command.add_argument("source", type=Path, metavar="SRC",
                         help="a run's folder, another copy of the project, or a ZIP file of one")


def pack(options: argparse.Namespace) -> int:
    """Write a project as one ZIP file."""
    from workbench.project.handover.packing import plan_handover, size_of, write_handover

    names = _people(options)
    if exists(options.out) and not options.check and options.people < 2:
        raise UsageError("there is a file of that name already", path=options.out)
    plan = plan_handover(options.project)
    plan = plan.without_names() if options.anonymous else plan
    runs = _chosen(plan, options.run or ["last"])
    samples, labels = not options.no_samples, not options.no_labels
    if options.people > 1:
        return _pack_shares(options, plan, runs, names)
    size = size_of(plan.chosen(runs, samples=samples, labels=labels))
    if not options.check:
        line = StatusLine()
        size = _unless_stopped(lambda stopped: write_handover(
            plan, options.out, runs, samples=samples, labels=labels, cancelled=stopped,
            progress=lambda done, total: line.show(
                f"Packing {megabytes(done)} of {megabytes(total)}")))
        line.clear()
    if options.json:
        print_json({"file": str(options.out), "bytes": size, "samples": dict(plan.kinds)
                    if samples else {}, "runs": runs, "notes": plan.notes})
        return 0
    parts = [plan.sample_words()] if samples and plan.kinds else []
    parts += ["labels"] if labels else []
    parts += [f"model {name}" for name in runs]
    print(f"{', '.join(parts)}: {'about ' if options.check else ''}{megabytes(size)}")
    for note in plan.notes:
        print(note, file=sys.stderr)
    return 0


def _people(options: argparse.Namespace) -> list[str]:
    """Whom the samples are divided among, as far as they have names."""
    names = [" ".join(name.split()) for name in options.names.split(",")]
    if options.people < 1 or options.common < 0:
        raise UsageError("--people begins with 1 and --common with 0")
    if options.people == 1 and (options.names or options.unlabelled or options.common):
        raise UsageError("--names, --unlabelled and --common say how samples are divided: say "
                         "among how many people with --people")
    if len(names) > options.people:
        raise UsageError(f"--names gives {len(names)} names to {options.people} people")
    return names


def _pack_shares(options: argparse.Namespace, plan: HandOver, runs: list[str],
                 names: list[str]) -> int:
    """A file for each person."""
    from workbench.project.handover.sharing import share_path, shares_of, write_shares

    if options.no_samples or options.no_labels:
        raise UsageError("what is divided among several people are samples with their labels")
    shares = shares_of(plan, options.people, unlabelled=options.unlabelled, common=options.common,
                       names=names)
    if not options.check:
        line = StatusLine()
        _unless_stopped(lambda stopped: write_shares(
            shares, options.out, runs, cancelled=stopped,
            progress=lambda done, total: line.show(
                f"Packing {megabytes(done)} of {megabytes(total)}")))
        line.clear()
    files = [share_path(options.out, number) for number in range(1, len(shares) + 1)]
    if options.json:
        print_json({"files": [{"file": str(file), "samples": dict(share.kinds)}
                              for file, share in zip(files, shares, strict=True)], "runs": runs})
        return 0
    for file, share in zip(files, shares, strict=True):
        print(f"{file.name}: {share.sample_words()}")
    return 0


def _chosen(plan: HandOver, wanted: list[str]) -> list[str]:
    names = list(plan.runs)
    chosen: list[str] = []
    for name in wanted:
        if name in ("last", "all", "none"):
            chosen += {"last": names[:1], "all": names, "none": []}[name]
        elif name in plan.runs:
            chosen.append(name)
        else:
            raise UsageError(f"there is no run “{name}” with a model in {plan.project.name}; "
                             f"there are: {', '.join(names) or 'none yet'}")
    return list(dict.fromkeys(chosen))


def unpack(options: argparse.Namespace) -> int:
    """Make a project of a ZIP file."""
    from workbench.project.handover.opening import look_inside, unpack_project

    if not is_file(options.file):
        raise UsageError(f"there is no file {options.file}")
    if look_inside(options.file) is None:
        raise UsageError("it is no ZIP file of a project; “workbench import” takes data sets",
                         path=options.file)
    line = StatusLine()
    _unless_stopped(lambda stopped: unpack_project(
        options.file, options.out, lambda done, total: line.show(
            f"Unpacking {megabytes(done)} of {megabytes(total)}"),
        stopped))
    line.clear()
    print(options.out)
    return 0


def models(options: argparse.Namespace) -> int:
    """Add models from elsewhere."""
    from workbench.project.handover.models import bring_models

    if not exists(options.source):
        raise UsageError(f"there is no folder or file {options.source}")
    found = _unless_stopped(lambda stopped: bring_models(
        options.project, options.source, cancelled=stopped))
    if options.json:
        print_json({"runs": [run.name for run in found.runs], "already": found.already,
                    "problems": [problem.reason for problem in found.problems]})
    else:
        print(found.words())
        for run in found.runs:
            print(run.name)
    return 1 if found.problems and not found.runs else 0


def _unless_stopped(work: Callable[[Callable[[], bool]], T]) -> T:
    """What ``work`` returns; it is told when somebody pressed Ctrl+C."""
    asked = Asked()
    with on_signals(asked.stop, asked.stop):
        try:
            return work(lambda: asked.once)
        except Cancelled:
            raise KeyboardInterrupt from None
