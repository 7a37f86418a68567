"""What each image has, one class, tags or a number: chosen, typed, and said in words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from workbench.core.errors import WorkbenchError
from workbench.core.text import count, tr
from workbench.gui.app.task import task_of, window_task
from workbench.gui.style import tokens
from workbench.gui.widgets import column, label, row
from workbench.gui.widgets.confirm import Confirm
from workbench.gui.widgets.key_words import with_keys
from workbench.gui.widgets.number_popup import NUMBER_SIGNS
from workbench.project.session import Session
from workbench.tasks.image_classification.label_store import LabelStore
from workbench.tasks.image_classification.labels import Kind

_NAMES: tuple[tuple[Kind, str], ...] = (
    ("class", "One class"), ("tags", "Tags"), ("number", "A number"))
_MOST_KEYS = 3


def begins_label(text: str, kind: Kind) -> bool:
    """Whether a key that is pressed begins the name of a class, or a number."""
    return text in NUMBER_SIGNS if kind == "number" else text.isalpha()


class KindChoice(QWidget):
    """Which kind of labels the project has, and the question before something is lost."""

    refused = Signal(str)
    """(sentence) why it cannot be another one."""
    closed = Signal()
    """The question was answered with yes: images are labelled next."""

    def __init__(self) -> None:
        super().__init__()
        self._store: LabelStore | None = None
        self.box = QComboBox()
        self.box.setAccessibleName(tr("What each image has"))
        for kind, text in _NAMES:
            self.box.addItem(tr(text), kind)
        self.confirm = Confirm(self)
        edge = tokens.SPACE_L
        line = row(label(tr("Each image has"), "caption"), self.box, 1, spacing=tokens.SPACE_S)
        self.setLayout(column(line, self.confirm, spacing=tokens.SPACE_S,
                              margins=(edge, tokens.SPACE_S, edge, 0)))
        self.box.activated.connect(lambda _index: self._chosen())

    def show_store(self, store: LabelStore | None) -> None:
        """Show the kind of another project's labels, or that it is another one."""
        if store is not self._store:
            self.confirm.dismiss()
        self._store = store
        self.setVisible(store is not None)
        if store is not None and not self.confirm.isVisible():
            self.box.setCurrentIndex(self.box.findData(store.kind))

    def _chosen(self) -> None:
        store, kind = self._store, cast(Kind, self.box.currentData())
        if store is None or kind == store.kind:
            self.confirm.dismiss()
            return
        lost = store.lost_by(kind)
        self.box.setCurrentIndex(self.box.findData(store.kind))  # until it is done
        if lost:
            self.confirm.ask(lost_words(store.kind, kind, lost), tr("Change"),
                             partial(self._confirmed, kind), danger=True)
        else:
            self._change(kind)

    def _confirmed(self, kind: Kind) -> None:
        self._change(kind)
        self.closed.emit()

    def _change(self, kind: Kind) -> None:
        if self._store is None:
            return
        try:
            self._store.set_kind(kind)
        except WorkbenchError as error:
            self.refused.emit(error.sentence())
        self.show_store(self._store)


def lost_words(old: Kind, new: Kind, lost: int) -> str:
    """What another kind of labels would cost."""
    images = count(lost, "image")
    if old == "tags" and new == "class":
        return with_keys(tr("{images} would keep the first tag only. <sort.undo> brings the others "
                            "back.", images=images))
    return with_keys(tr("The labels of {images} are not numbers and would be removed. <sort.undo> "
                        "undoes this.", images=images))


def hint_words(session: Session | None, store: LabelStore | None, chosen: int) -> str:
    """What to do next, at the side."""
    if session is None or store is None:
        return ""
    if store.kind == "number":
        words = tr("Type a number and press Enter.")
    elif not len(session.classes):
        shown = window_task(task_of(session))
        return "" if shown is None or shown.needs_labels else tr(
            "Or go straight to Train: nothing needs a class. Where some images are faulty, a class "
            "for these tells how many of them are found.")
    else:
        keys = key_words([key for name in session.classes
                          if (key := session.classes.hotkey(name))])
        words = tr("Press {keys}, type a name, or drag images onto a class.", keys=keys) \
            if store.kind == "class" else \
            tr("Press {keys} to give a tag or take it off, or type its name.", keys=keys)
    return tr("{words} {chosen:,} selected.", words=words, chosen=chosen) if chosen else \
        tr("Select images. {words}", words=words)


def key_words(keys: Sequence[str]) -> str:
    """Keys in a sentence ("1 or 2", "1, 2, 3 …")."""
    if len(keys) > _MOST_KEYS:
        return f"{', '.join(keys[:_MOST_KEYS])} …"
    return " or ".join((", ".join(keys[:-1]), keys[-1])) if len(keys) > 1 else "".join(keys)
