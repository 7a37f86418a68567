"""Keeping what a model found: tables, pictures, crops, and suggestions for the project."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from workbench.core.background import BackgroundThread
from workbench.core.errors import WorkbenchError
from workbench.core.text import count, tr
from workbench.core.video import PLACE, Shown, place_row, shown_in
from workbench.extension.saving import Color, Draw, FilesOfAnswer, Saving
from workbench.formats.atomic import disk_reason, write_atomic

if TYPE_CHECKING:
    from workbench.gui.app.models import TrainedModel
    from workbench.project.session import Session
    from workbench.project.suggestions import Suggested

Item = Mapping[str, Any]


class Kept(NamedTuple):
    """An answer as it is shown, the name for files made of it, and of a frame the video's."""

    answer: Callable[[], Item]
    name: str
    film: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be kept, the model's classes and their colours, and how many files could not be
    read."""

    items: Sequence[Kept]
    classes: tuple[str, ...]
    color: Callable[[str], str]
    unread: int = 0


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
    frames = any(item.film for item in wanted.items)
    table.writerow((*(PLACE if frames else PLACE[:1]),
                    *(saving.sums(wanted.classes) if for_files else saving.columns)))
    for item in wanted.items:
        thread.check()
        answer = item.answer()
        made = [saving.sum_row(answer, wanted.classes)] if for_files else saving.rows(answer)
        for row in made:
            table.writerow((*place_row(answer, frames), *row))
            rows += 1
    write_atomic(path, out.getvalue().encode("utf-8-sig", "surrogatepass"))
    words = tr("{rows} written to {name}.", rows=count(rows, "row"), name=path.name)
    return words if not wanted.unread else tr(
        "{words} Left out: {files} that could not be read.", words=words,
        files=count(wanted.unread, "file"))


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
    done = 0

    def step(_number: int = 0) -> None:
        nonlocal done
        thread.check()
        done += 1
        thread.post(partial(tell, done))

    for film, items in groupby(wanted.items, lambda item: item.film if kind.draw else ""):
        if film and kind.draw is not None:
            _write_film(film, list(items), target, partial(_drawn, kind.draw, wanted.color), step)
            continue
        for item in items:
            answer = item.answer()
            try:
                kind.write(answer, target, item.name, wanted.color)
            except WorkbenchError as error:
                if error.path != Path(answer["file"]):
                    raise
                left_out, reason = left_out + 1, reason or error.sentence()
            step()
    words = tr("{files} kept in {folder}.",
               files=count(len(wanted.items) - left_out, "result"), folder=str(target))
    return words if not left_out else tr("{words} {files} left out: {reason}", words=words,
                                         files=count(left_out, "file"), reason=reason)


def _write_film(film: str, items: Sequence[Kept], folder: Path,
                draw: Callable[[Any, Item], object], step: Callable[[int], object]) -> None:
    from workbench.project.drawn_video import write_drawn

    answers = [item.answer() for item in items]
    write_drawn(Path(answers[0]["file"]), answers, folder / f"{film}.mp4", draw, step)


def _drawn(draw: Draw, color: Color, image: object, item: Item) -> None:
    draw(image, item, color)


def suggested(wanted: Wanted, session: Session, model: TrainedModel,
              keys: Mapping[Shown, str], thread: BackgroundThread) -> dict[str, Suggested]:
    """What to suggest on images of the project; ``keys`` are theirs, by what they show."""
    from workbench.gui.label.suggest_job import new_in

    names = model.names_now(tuple(session.classes))
    found = {}
    for item in wanted.items:
        thread.check()
        answer = item.answer()
        key = keys.get(shown_in(answer))
        if key is not None:
            found[key] = new_in(session, key, answer, model.run, names)
    return found


def copied_in(session: Session, files: Sequence[str], thread: BackgroundThread,
              ) -> dict[Shown, str]:
    """Keys of files in the project; those from elsewhere are copied to its images.

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
        if session.index.row(key := key_of(session, path)) is not None:
            keys[Shown(path)] = key
            continue
        try:
            target = next(target for target in map(folder.joinpath, numbered(path.name))
                          if _fits(session, path, target))
            if not target.exists():
                copy_file(path, target)
        except OSError as error:
            raise WorkbenchError(disk_reason(error), path=path,
                                 kept="What was copied before stays.") from error
        keys[Shown(path)] = key_of(session, target)
    return keys


def _fits(session: Session, path: Path, target: Path) -> bool:
    """Whether ``target`` is this image already, or is free, also of labels of another one."""
    import filecmp

    if target.exists():
        return filecmp.cmp(path, target, shallow=False)
    labels = session.index.annotation_path(key_of(session, target))
    return not (target.is_symlink() or labels.exists())


def key_of(session: Session, path: Path) -> str:
    """The key that an image at ``path`` has in the project."""
    try:
        return path.relative_to(session.folder).as_posix()
    except ValueError:
        return path.as_posix()  # as keys are where a project's images lie elsewhere
