"""Images that were imported: the step that has their files in place or in the trash."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from workbench.core.errors import WorkbenchError
from workbench.core.paths import is_file
from workbench.core.text import count
from workbench.project.edits.clip_files import SAVE_SECONDS
from workbench.project.trash import PutAway, bring_back, put_away

if TYPE_CHECKING:
    from workbench.project.session import Session


class ImportedFiles:
    """The step that copied images into a project; they are there when it is made.

    Parameters
    ----------
    made
        The new files, as posix paths in the project.
    classes
        Names that came with them.
    """

    key = ""

    def __init__(self, session: Session, made: Iterable[str], classes: Sequence[str]) -> None:
        self._session = session
        self._made = tuple(made)
        self._classes = tuple(classes)
        self._images = tuple(key for key in self._made if not key.endswith((".xml", ".json")))
        self.text = f"import {count(len(self._images), 'image')}"
        self._fresh = True
        self._away: PutAway | None = None

    @property
    def lost(self) -> bool:
        """Whether the files were deleted for good."""
        return self._away is not None and not self._away.folder.is_dir()

    def do(self) -> None:
        if not self._fresh:
            self._bring()
        self._fresh = False

    def undo(self) -> None:
        session = self._session
        session.identity.require()
        if not session.saver.flush(SAVE_SECONDS):
            raise WorkbenchError("its labels are not saved yet", path=session.folder,
                                 kept="Nothing was taken back.")
        beside = (session.index.annotation_path(key) for key in self._images
                  if not set(session.index.sharing(key)) - set(self._images))
        files = dict.fromkeys([*(session.folder / name for name in self._made), *beside])
        self._away = put_away(session.folder, (path for path in files if is_file(path)))
        for name in self._classes:  # until the index knows that the files are gone
            session.steps.retire(name)
        session.classes.replace([name for name in session.classes if name not in self._classes],
                                dict(session.classes.colors))
        self._changed()

    def _bring(self) -> None:
        session = self._session
        session.identity.require()
        if self._away is not None:
            bring_back(session.folder, self._away)
            self._away = None
        session.steps.unretire(self._classes)
        missing = [name for name in self._classes if name not in session.classes]
        session.classes.replace([*session.classes, *missing], dict(session.classes.colors))
        self._changed()

    def _changed(self) -> None:
        self._session.manifest_changed()
        self._session.index.refresh()
