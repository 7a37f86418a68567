"""What was found becomes suggestions of the project, whose files come into it first."""

from __future__ import annotations

import filecmp
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QWidget

from workbench.core.background import BackgroundThread
from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.text import count, tr
from workbench.core.video import Shown, shown_in
from workbench.formats.atomic import disk_reason
from workbench.gui.widgets.menu import Menu
from workbench.project.links import add_marks, mark_of
from workbench.project.suggestion_steps import SuggestStep
from workbench.project.suggestions import suggestions_of

if TYPE_CHECKING:
    from workbench.gui.app.models import TrainedModel
    from workbench.gui.predict.save_results import SaveRequest
    from workbench.project.session import Session
    from workbench.project.suggestions import Suggested


def key_of(session: Session, path: Path) -> str:
    """The key that a file at ``path`` has in the project."""
    try:
        return path.relative_to(session.folder).as_posix()
    except ValueError:
        return path.as_posix()  # as keys are where a project's images lie elsewhere


def is_in(session: Session, path: Path, *, sounds: bool) -> bool:
    """Whether the project has this file."""
    library = session.sounds if sounds else session.images
    return library.row(key_of(session, path)) is not None


def ask_how(parent: QWidget, number: int, take: Callable[[bool], object]) -> Menu:
    """Let a person choose how so many sounds from elsewhere come into the project: whether they
    are referred to."""
    menu = Menu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    sounds = count(number, "sound")
    menu.addAction(tr("Copy {sounds} into the project", sounds=sounds), partial(take, False))
    menu.addAction(tr("Leave {sounds} in place and refer to them", sounds=sounds)
                   if number > 1 else tr("Leave the sound in place and refer to it"),
                   partial(take, True))
    menu.popup(QCursor.pos())
    return menu


def brought_in(session: Session, files: Sequence[str], thread: BackgroundThread,
               tell: Callable[[int], object], *, sounds: bool = False, link: bool = False,
               ) -> dict[Shown, str]:
    """Keys of files in the project; those from elsewhere are copied to its images, or sounds, or
    with ``link`` referred to.

    Raises
    ------
    WorkbenchError
        If the disk refuses.
    """
    from workbench.project.imports.files import copy_file, link_file, make_folder, numbered
    from workbench.project.imports.sounds import FOLDER

    folder = session.folder / (FOLDER if sounds else session.manifest.new_images)
    make_folder(folder)
    keys, marks = {}, dict[str, str]()
    for done, file in enumerate(files, 1):
        thread.check()
        path = Path(file)
        if is_in(session, path, sounds=sounds):
            keys[Shown(path)] = key_of(session, path)
            continue
        try:
            target = next(target for target in map(folder.joinpath, numbered(path.name))
                          if _fits(session, path, target, sounds=sounds))
            if not target.exists():
                (link_file if link else copy_file)(path, target)
        except OSError as error:
            raise WorkbenchError(disk_reason(error), path=path,
                                 kept="What was copied before stays.") from error
        except NotImplementedError:
            raise UsageError(tr("this disk or computer cannot refer to files: copy them"),
                             path=folder) from None
        keys[Shown(path)] = key_of(session, target)
        if link and (mark := mark_of(path)):
            marks[key_of(session, target)] = mark
        thread.post(partial(tell, done))
    add_marks(session.folder, marks)
    return keys


def _fits(session: Session, path: Path, target: Path, *, sounds: bool) -> bool:
    """Whether ``target`` is this file already, or is free, also of labels of another one."""
    if target.exists():
        return path.samefile(target) or filecmp.cmp(path, target, shallow=False)
    key = key_of(session, target)
    labels: Iterable[Path] = session.sounds.files(key)[1:] if sounds else (
        session.index.annotation_path(key),)
    return not (target.is_symlink() or any(label.exists() for label in labels))


def suggested(wanted: SaveRequest, session: Session, model: TrainedModel,
              keys: Mapping[Shown, str], thread: BackgroundThread, *, sounds: bool = False,
              ) -> dict[str, Suggested]:
    """What to suggest in files of the project; ``keys`` are theirs, by what they show."""
    from workbench.gui.label.suggest_job import asker_of

    new = asker_of(session, model, tuple(session.classes), sounds=sounds)
    found = {}
    for item in wanted.items:
        thread.check()
        answer = item.answer()
        key = keys.get(shown_in(answer))
        if key is not None:
            found[key] = new(key, answer)
    return found


def suggest(session: Session, found: Mapping[str, Suggested], new: Sequence[str], run: str,
            least: float, *, sounds: bool = False) -> str:
    """Suggest what was ``found``, as one step with the files that are ``new``; what is said then.
    Least scores of the project become so low that it is shown."""
    from workbench.project.edits.file_steps import ClipFiles, FileStep, ImportedFiles

    store = suggestions_of(session, sounds=sounds)
    store.lower_to(least)
    noun = "sound" if sounds else "image"
    words = tr("suggest on {files}", files=count(len(found), noun))
    with session.undo.together(words):
        if new:
            step: FileStep = ClipFiles(session.sounds, new, words, adds=True, known=True) \
                if sounds else ImportedFiles(session, new, ())
            session.undo.push(step)
        session.undo.push(SuggestStep(store, found, run, words))
    if new:
        (session.sounds if sounds else session.index).refresh()
    some = [items for key in found if (items := store.of(key))]
    objects, files = sum(map(len, some)), count(len(some), noun)
    return tr("{regions} suggested in {files}. Accept or reject them in Audio.",
              regions=count(objects, "region"), files=files) if sounds else tr(
        "{objects} suggested on {images}. Accept or reject them in Images.",
        objects=count(objects, "object"), images=files)
