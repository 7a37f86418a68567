"""Dividing the samples of a project among several people, each of whom gets a file of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.background import Cancelled
from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.progress import ProgressCallback
from workbench.extension.registry import load
from workbench.extension.tasks import tasks
from workbench.project.handover.opening import kind_of_sample
from workbench.project.handover.packing import HandOver, write_handover
from workbench.project.manifest import Manifest
from workbench.project.task import task_of_folder

if TYPE_CHECKING:
    from workbench.project.statistics.table import ObjectTable

MOST_PEOPLE = 5


def shares_of(plan: HandOver, people: int, *, unlabelled: bool = False, common: int = 0,
              names: Sequence[str] = (),
              cancelled: Callable[[], bool] = lambda: False) -> list[HandOver]:
    """What each of several people gets: samples that follow each other stay together, as frames of
    a series should be labelled by one person. Labels of samples that somebody else gets do not come
    along, and neither does the split, which is about all.

    Parameters
    ----------
    unlabelled
        Only samples without labels are divided; the others stay.
    common
        So many samples, from all over the project, go to everybody, so that it can be seen how far
        they agree.
    names
        Of the people: each copy knows whom it is meant for.

    Raises
    ------
    UsageError
        If there are fewer samples than people.
    Cancelled
        If it is not wanted any more.
    """
    from workbench.project.statistics.table import read_objects

    def check(_done: int, _total: int) -> None:
        if cancelled():
            raise Cancelled

    table = read_objects(plan.project, check)
    keys = [key for key, labelled in zip(table.keys, table.labelled.tolist(), strict=True)
            if not (unlabelled and labelled)]
    if len(keys) < people:
        noun = tasks.get(task_of_folder(plan.project)).medium
        which = f"{noun} without labels" if unlabelled else noun
        raise UsageError(f"there are only {len(keys):,} {which} to divide among {people}",
                         path=plan.project)
    labels_of = {file: key for key, file in _label_files(plan.project, table.keys)}
    plan = replace(plan, manifest=_manifest(plan.project, table))
    return [replace(_share(plan, set(some), labels_of), meant_for=name) for some, name in zip(
        _parts(keys, people, common), (*names, *[""] * people), strict=False)]


def _manifest(project: Path, table: ObjectTable) -> bytes | None:
    """What ``workbench.toml`` says in each share, as some of the samples alone do not tell what all
    of them do: what the project is about, its classes, and where these are read from."""
    task, manifest = tasks.get(task_of_folder(project)), Manifest.load(project)
    if manifest.problem is not None:
        return None  # it goes along as it is
    manifest.task = task.id
    if manifest.format == "voc":  # others have a list of their classes, with numbers
        manifest.classes += [name for name in table.classes
                             if name and name not in manifest.classes]
    if task.medium == "sounds" and not manifest.sounds:
        from workbench.project.library.label_sources import recognised_settings

        manifest.sounds = recognised_settings(project, table.keys).to_json()
    elif task.say_folders:
        load(task.say_folders)(project, manifest)
    return manifest.render()


def _parts(names: Sequence[str], people: int, common: int) -> Iterator[list[str]]:
    number = min(common, len(names) - people) if common else 0
    shared = {names[(2 * at + 1) * len(names) // (2 * number)] for at in range(number)}
    others = [name for name in names if name not in shared]
    for at in range(people):
        start, end = (len(others) * side // people for side in (at, at + 1))
        yield [*others[start:end], *shared]


def _share(plan: HandOver, names: set[str], labels_of: dict[str, str]) -> HandOver:
    samples = [item for item in plan.samples if item.name in names]
    kinds = type(plan.kinds)(kind for item in samples if (kind := kind_of_sample(item.path)))
    labels = [item for item in plan.labels
              if labels_of.get(item.name, item.name) in names
              or not (item.name in labels_of or item.name.startswith("splits/"))]
    return replace(plan, samples=samples, labels=labels, others=[], kinds=kinds)


def _label_files(project: Path, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each sample with the file that holds its labels alone, as posix paths in the project."""
    if tasks.get(task_of_folder(project)).medium == "sounds":
        from workbench.project.library.clips import find_table

        for key in keys:
            found = find_table(project / key)[1]
            if found is not None and found.name.startswith(Path(key).stem):
                yield key, found.relative_to(project).as_posix()
        return
    from workbench.project.datasets.labelled import LabelledFolder

    placement = LabelledFolder(project).placement
    yield from ((key, placement.annotation(key)) for key in keys)


def share_path(out: Path, number: int) -> Path:
    """What the file of one person is called: ``wild-2.zip``."""
    return out.with_name(f"{out.stem}-{number}{out.suffix}")


def write_shares(shares: Sequence[HandOver], out: Path, runs: Sequence[str] = (), *,
                 progress: ProgressCallback | None = None,
                 cancelled: Callable[[], bool] = lambda: False) -> int:
    """Write a file for each of several people, as :func:`share_path` says, and return the bytes of
    all; raises as :func:`~.packing.write_handover`, when none of the files stays, and UsageError
    where one of them is there already."""
    files = [share_path(out, number) for number in range(1, len(shares) + 1)]
    if there := next((file for file in files if file.exists()), None):
        raise UsageError("there is a file of that name already", path=there)
    sizes = [sum(item.size for item in share.chosen(runs)) for share in shares]
    written: dict[Path, int] = {}
    try:
        for number, (share, file) in enumerate(zip(shares, files, strict=True)):
            def told(done: int, _total: int, before: int = sum(sizes[:number])) -> None:
                if progress is not None:
                    progress(before + done, sum(sizes))

            written[file] = write_handover(share, file, runs, progress=told, cancelled=cancelled)
    except (WorkbenchError, Cancelled):
        for file in written:  # some of the shares alone would be taken for all
            with suppress(OSError):
                file.unlink()
        raise
    return sum(written.values())
