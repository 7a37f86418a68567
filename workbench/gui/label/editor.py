"""What is being edited: one sample, its objects, the selection, and every edit as one step.

An editor knows no widget. Canvas, panels and actions call its methods and listen to its signals,
so that all of them always show the same.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Generic, TypeVar

from workbench.core.annotation import LabeledObject
from workbench.core.errors import WorkbenchError
from workbench.core.signal import Connections, Signal
from workbench.core.text import count, tr
from workbench.gui.label.labelling_speed import LabellingSpeed
from workbench.project.accepted_areas import with_accepted
from workbench.project.library.base import Library
from workbench.project.library.document import Document
from workbench.project.session import Session
from workbench.project.suggestion import Suggested

D = TypeVar("D", bound=Document)
Objects = tuple[LabeledObject, ...]


class LabelEditor(ABC, Generic[D]):
    """The state of a place where samples of one medium are labelled, and what a person can do.

    Signals are emitted after the state is complete. ``refused`` carries one sentence on why an
    edit was not made.
    """

    noun: ClassVar[str] = "object"

    def __init__(self) -> None:
        self.session: Session | None = None
        self.document: D | None = None
        self.key = ""
        """Key of the current sample, "" for none."""
        self.failure: WorkbenchError | None = None
        self.reading = ""
        """What is said while labels are still being read, else ""."""
        self.selection: tuple[int, ...] = ()
        """Positions of the selected objects; the last one is the active one."""
        self.current_class = ""
        """Class of objects to come."""
        self.blank = False
        """Whether the sample itself cannot be shown, so that nothing is drawn on it."""
        self.following = False
        """Whether what changes in the document now becomes the selection (undo and redo)."""
        self.sample_changed: Signal[()] = Signal()
        self.objects_changed: Signal[()] = Signal()
        self.selection_changed: Signal[()] = Signal()
        self.class_changed: Signal[()] = Signal()
        self.mode_changed: Signal[()] = Signal()
        self.refused: Signal[str] = Signal()
        self.pace = LabellingSpeed()
        self._objects: Objects = ()
        self._planned: tuple[int, ...] | None = None
        self._connections = Connections()
        self._class_connections = Connections()

    @property
    @abstractmethod
    def library(self) -> Library[D] | None:
        """Where the samples of the open project are."""

    def counted(self, number: int) -> str:
        """ "1 box", "3 boxes"."""
        return count(number, self.noun)

    # --- contents -------------------------------------------------------------------------------

    @property
    def objects(self) -> Objects:
        """The objects of the current sample."""
        return self._objects

    @property
    def readonly_reason(self) -> str:
        """Why this sample cannot be edited, or ""."""
        if self.failure is not None:
            return self.failure.sentence()
        return (self.document.readonly_reason or "") if self.document is not None else ""

    @property
    def editable(self) -> bool:
        return self.document is not None and not self.readonly_reason

    @property
    def drawable(self) -> bool:
        """Whether objects can be added by hand."""
        return self.editable and not self.blank

    @property
    def undrawable_reason(self) -> str:
        """Why objects cannot be added by hand, or ""."""
        return self.readonly_reason or (tr("The picture cannot be shown.") if self.blank else "")

    def set_blank(self, blank: bool) -> None:
        """The sample can be shown, or not."""
        if blank != self.blank:
            self.blank = blank
            self.mode_changed.emit()

    @property
    def selected(self) -> Objects:
        """The selected objects, the active one last."""
        return tuple(self._objects[index] for index in self.selection)

    @property
    def active(self) -> int | None:
        """Position of the object that was selected last."""
        return self.selection[-1] if self.selection else None

    def class_on_key(self, digit: str) -> str | None:
        """The class that a digit key stands for."""
        return self.session.classes.for_hotkey(digit) if self.session is not None else None

    # --- which sample ---------------------------------------------------------------------------

    def set_session(self, session: Session | None) -> None:
        """Edit another project; no sample is open then."""
        self.close()
        self._class_connections.end()
        self.session = session
        if session is not None:
            self._class_connections.add(session.classes.renamed.connect(self._class_renamed))
            self._class_connections.add(session.classes.merged.connect(self._class_merged))
        names = list(session.classes) if session is not None else []
        self.current_class = names[0] if names else ""
        self.class_changed.emit()

    def _class_renamed(self, old: str, new: str) -> None:
        if self.current_class == old:
            self.set_current_class(new)

    def _class_merged(self, old: str, new: str) -> None:
        if self.current_class == old:
            self.set_current_class(new)

    def open(self, key: str) -> None:
        """Show sample ``key``; one whose labels cannot be read is shown with the reason."""
        self._forget()
        self.key = key
        self._read()
        self.sample_changed.emit()

    def _read(self) -> None:
        try:
            self._attach(self._fetch(self.key))
        except WorkbenchError as error:
            self.failure = error

    def close(self) -> None:
        """Show no sample."""
        self._forget()
        self.key = ""
        self.sample_changed.emit()

    def _forget(self) -> None:
        """Nothing is known of the next sample yet."""
        self._release()
        self.selection, self.failure, self.blank = (), None, False

    def _fetch(self, key: str) -> D:
        library = self.library
        assert library is not None
        return library.document(key)

    def _attach(self, document: D) -> None:
        self.document = document
        self._connections.add(document.changed.connect(self._document_changed))
        self._objects = self._seen(document)

    def _seen(self, document: D) -> Objects:
        """What there is to edit of a document."""
        return document.annotation.objects

    def _whole(self, objects: Objects) -> Objects:
        """The document's objects when those that are edited become ``objects``."""
        return objects

    def _release(self) -> None:
        self._connections.end()
        self.document = None
        self._objects = ()

    # --- selection ------------------------------------------------------------------------------

    def select(self, indexes: Iterable[int]) -> None:
        """Select exactly these objects; the last one becomes the active one."""
        chosen = self._allowed(indexes)
        if chosen != self.selection:
            self.selection = chosen
            self.selection_changed.emit()

    def _allowed(self, indexes: Iterable[int]) -> tuple[int, ...]:
        """Those of ``indexes`` that there are and that can be selected, each once."""
        number = len(self._objects)
        return tuple(dict.fromkeys(index for index in indexes
                                   if 0 <= index < number and self.selectable(index)))

    def selectable(self, _index: int) -> bool:
        """Whether an object can be selected, and so be changed."""
        return True

    def shows(self, _label: str) -> bool:
        """Whether things of a class are shown, suggested ones too."""
        return True

    def toggle(self, index: int) -> None:
        """Add an object to the selection, or take it out."""
        if index in self.selection:
            self.select(item for item in self.selection if item != index)
        else:
            self.select((*self.selection, index))

    def choose_class(self, name: str) -> None:
        """Make ``name`` the class of objects to come; selected objects get it, too."""
        if self.selection:
            self.relabel(name)
        self.set_current_class(name)

    def set_current_class(self, name: str) -> None:
        if name != self.current_class:
            self.current_class = name
            self.class_changed.emit()

    # --- edits: each is one step to undo --------------------------------------------------------

    def relabel(self, name: str) -> bool:
        """Give the selected objects the class ``name``."""
        chosen = {index for index in self.selection if self._objects[index].label != name}
        return self._edit(self._replaced(chosen, lambda item: item.with_label(name)),
                          tr("make {counted} {name}",
                             counted=self.counted(len(chosen)), name=name), self.selection)

    def delete(self) -> bool:
        """Delete the selected objects."""
        chosen = set(self.selection)
        left = tuple(item for index, item in enumerate(self._objects) if index not in chosen)
        return self._edit(left, tr("delete {counted}", counted=self.counted(len(chosen))), ())

    def _replaced(self, chosen: Iterable[int],
                  change: Callable[[LabeledObject], LabeledObject]) -> Objects:
        there = set(chosen)
        return tuple(change(item) if index in there else item
                     for index, item in enumerate(self._objects))

    def add_objects(self, objects: Iterable[LabeledObject], text: str, *, select: bool) -> bool:
        """Add objects as one step, perhaps as the selection."""
        added, first = tuple(objects), len(self._objects)
        chosen = tuple(range(first, first + len(added))) if select else self.selection
        return self._edit((*self._objects, *added), text, chosen)

    def accept_areas(self, items: Suggested, text: str) -> bool:
        """Make suggested areas one mask of each class, as one step; nothing changes where all of
        their pixels are labelled."""
        size = self.document.annotation.size if self.document is not None else None
        after = with_accepted(self._objects, items, joined=True, image=size)
        return after == self._objects or self._edit(after, text, self.selection)

    def _append(self, objects: Iterable[LabeledObject], text: str) -> bool:
        """Add objects that a person made, and select them."""
        added = tuple(objects)
        if not self.add_objects(added, text, select=True):
            return False
        self.pace.add(len(added))
        return True

    def _edit(self, objects: Objects, text: str, selection: tuple[int, ...],
              kind: str = "") -> bool:
        if objects == self._objects or self._refuse():
            return False
        self._planned = selection
        try:
            return self._guarded(
                lambda library: library.edit(self.key, self._whole(objects), text, kind=kind))
        finally:
            self._planned = None

    def _guarded(self, act: Callable[[Any], None]) -> bool:
        """Do ``act`` with the library; say why where it refuses."""
        library = self.library
        assert library is not None
        try:
            if library.cached(self.key) is not self.document:
                # So many others were opened since that the library has let go of this one.
                self._release()
                self._attach(library.document(self.key))
            act(library)
        except WorkbenchError as error:
            self.refused.emit(error.sentence())
            return False
        return True

    def _refuse(self) -> bool:
        """Say why this sample cannot be edited, if it cannot."""
        reason = self.readonly_reason
        if reason:
            self.refused.emit(reason)
        return bool(reason) or self.document is None or self.library is None

    # --- the document announces -----------------------------------------------------------------

    def _document_changed(self) -> None:
        assert self.document is not None
        before, after = self._objects, self._seen(self.document)
        self._objects = after
        planned = self._still_selected(before) if self._planned is None else self._planned
        chosen = tuple(index for index in planned
                       if index < len(after) and self.selectable(index))
        moved = chosen != self.selection
        self.selection = chosen
        self.objects_changed.emit()
        if moved:
            self.selection_changed.emit()

    def _still_selected(self, before: Objects) -> tuple[int, ...]:
        """What is selected after a change that was not made here."""
        return self.selection
