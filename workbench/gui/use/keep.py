"""Keeping what a model found: tables, pictures, crops, and suggestions for the project."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.background import BackgroundThread
from workbench.core.errors import WorkbenchError
from workbench.core.text import count, tr
from workbench.extension.saving import FilesOfAnswer, Saving
from workbench.formats.atomic import disk_reason, write_atomic

if TYPE_CHECKING:
    from workbench.gui.app.models import TrainedModel
    from workbench.project.session import Session
    from workbench.project.suggestions import Suggested

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be kept: the answers as they are shown, with the names for files made of them,
    the model's classes and their colours."""

    items: Sequence[tuple[Callable[[], Item], str]]
    classes: tuple[str, ...]
    color: Callable[[str], str]


def write_table(wanted: Wanted, saving: Saving, path: Path, *, for_files: bool,
                thread: BackgroundThread) -> str:
    """Write a CSV table, with a row for each thing found or for each file; what is said then.

    Raises
    ------
    WorkbenchError
        If the disk refuses.
    """
    out = io.StringIO()
    table = csv.writer(out)
    rows = 0
    table.writerow(("file", *(saving.sums(wanted.classes) if for_files else saving.columns)))
    for item, _ in wanted.items:
        thread.check()
        answer = item()
        made = [saving.sum_row(answer, wanted.classes)] if for_files else saving.rows(answer)
        for row in made:
            table.writerow((answer["file"], *row))
            rows += 1
    write_atomic(path, out.getvalue().encode("utf-8-sig", "surrogatepass"))
    return tr("{rows} written to {name}.", rows=count(rows, "row"), name=path.name)


def write_files(wanted: Wanted, kind: FilesOfAnswer, folder: Path, thread: BackgroundThread,
                tell: Callable[[int], object]) -> str:
    """Write files of each answer into a folder of ``folder``; what is said then.

    Raises
    ------
    WorkbenchError
        If the disk refuses; what was written before stays.
    """
    target, left_out, reason = folder / kind.folder, 0, ""
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkbenchError(disk_reason(error), path=target) from error
    for done, (item, name) in enumerate(wanted.items, 1):
        thread.check()
        answer = item()
        try:
            kind.write(answer, target, name, wanted.color)
        except WorkbenchError as error:
            if error.path != Path(answer["file"]):
                raise
            left_out, reason = left_out + 1, reason or error.sentence()
        thread.post(partial(tell, done))
    words = tr("{files} kept in {folder}.",
               files=count(len(wanted.items) - left_out, "result"), folder=str(target))
    return words if not left_out else tr("{words} {files} left out: {reason}", words=words,
                                         files=count(left_out, "file"), reason=reason)


def suggested(wanted: Wanted, session: Session, model: TrainedModel,
              keys: Mapping[str, str], thread: BackgroundThread) -> dict[str, Suggested]:
    """What to suggest on images of the project; ``keys`` are theirs, by file."""
    from workbench.gui.label.images.suggest_job import new_in

    names = model.names_now(tuple(session.classes))
    found = {}
    for item, _ in wanted.items:
        thread.check()
        answer = item()
        key = keys.get(answer["file"])
        if key is not None:
            found[key] = new_in(session, key, answer, model.run, names)
    return found


def copied_in(session: Session, files: Sequence[str], thread: BackgroundThread) -> dict[str, str]:
    """Keys of files in the project, by file; those from elsewhere are copied to its images.

    Raises
    ------
    WorkbenchError
        If the disk refuses.
    """
    from workbench.project.imports.files import copy_file, make_folder, numbered

    layout = session.manifest.layout
    folder = session.folder / layout.images
    make_folder(folder)
    keys = {}
    for file in files:
        thread.check()
        path = Path(file)
        if session.index.row(key := _key(session, path)) is not None:
            keys[file] = key
            continue
        target = next(folder / name for name in numbered(path.name)
                      if not (folder / name).exists())
        try:
            copy_file(path, target)
        except OSError as error:
            raise WorkbenchError(disk_reason(error), path=path,
                                 kept="What was copied before stays.") from error
        keys[file] = _key(session, target)
    return keys


def _key(session: Session, path: Path) -> str:
    try:
        return path.relative_to(session.folder).as_posix()
    except ValueError:
        return path.as_posix()  # as keys are where a project's images lie elsewhere
