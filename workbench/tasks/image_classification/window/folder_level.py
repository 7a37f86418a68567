"""Where classes of images come from: which of the folders above them, asked and said."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.gui.app.context import AppContext
from workbench.gui.app.undo_action import say_done
from workbench.gui.label.level_choice import LevelChoice
from workbench.gui.style import tokens
from workbench.gui.widgets import PrimaryButton, QuietButton, column, label, row, widget_of
from workbench.project.class_levels import FolderLevel, ordinal
from workbench.tasks.image_classification.label_store import LabelStore, labels_of
from workbench.tasks.image_classification.level_step import use_level

if TYPE_CHECKING:
    from workbench.gui.shell.main_window import MainWindow

_SHOWN = 2


class FolderDoubt(QWidget):
    """Which folders were taken for classes where others could be meant, and a click for these."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self.text = label("", wrap=True)
        self.other_button = QuietButton("", run=lambda: self._use(self._other))
        self.keep_button = QuietButton(tr("Keep"), run=lambda: self._use(self._taken), tip=tr(
            "Remember that these folders are the classes"))
        self.asks = False
        """Whether there is something to say."""
        self._taken = self._other = 0
        self.setLayout(row((self.text, 1), self.other_button, self.keep_button))

    def show_store(self, store: LabelStore | None) -> None:
        """Ask about the folders of ``store``, or hide where nobody has to be asked."""
        doubted = store.levels.doubted if store is not None and store.kind != "number" else None
        self.asks = doubted is not None
        self.setVisible(self.asks)
        if doubted is None:
            return
        taken, other = doubted
        self._taken, self._other = taken.number, other.number
        self.text.setText(tr(
            "Classes are read from the {level} ({names}), as in {file}. The {other} could be "
            "meant, too.", level=ordinal(taken.number), names=_names(taken), file=taken.example,
            other=ordinal(other.number)))
        self.other_button.setText(tr("Use the {other}: {names}", other=ordinal(other.number),
                                     names=_names(other)))

    def _use(self, level: int) -> None:
        take_level(self._context, level)


def _names(level: FolderLevel) -> str:
    names = sorted(level.counts, key=lambda name: -level.counts[name])
    return ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")


def take_level(context: AppContext, level: int) -> None:
    """Take these folders for classes from now on, and say so with a way back."""
    session = context.session
    if session is None:
        return
    before = session.undo.undo_step
    try:
        use_level(session, labels_of(session), level)
    except WorkbenchError as error:
        context.say("warn", error.sentence())
        return
    if session.undo.undo_step is not before:
        say_done(context, session, tr("Classes come from the {level} now.", level=ordinal(level))
                 if level else tr("Folders are no classes now: images have those that you give."))


def ask_level(page: QWidget, context: AppContext) -> None:
    """Let a person choose which folders are classes."""
    session = context.session
    if session is None:
        return
    levels, choice = labels_of(session).levels, LevelChoice()
    choice.show_levels(levels, levels.level, [(0, tr("None"), tr(
        "Folders are no classes: images have those that you give, and what labels.csv says."))])
    words = label(tr("Which of the folders above an image is its class? Parts of a split, dates "
                     "and folders of cameras (DCIM, 100EK113) do not count. No file is moved, and "
                     "what labels.csv says stays."), tone="soft", wrap=True)
    cancel, take = QuietButton(tr("Cancel")), PrimaryButton(tr("Use this"))
    content = widget_of(column(words, choice, 1, spacing=tokens.SPACE_M))
    sheet = cast("MainWindow", page.window()).overlays.lay_over(
        tr("Where labels come from"), content, widget_of(row(1, cancel, take)))

    def use() -> None:
        level = choice.selected
        sheet.close_sheet()
        take_level(context, level)

    cancel.clicked.connect(sheet.close_sheet)
    take.clicked.connect(use)
    choice.taken.connect(use)
    choice.setFocus(Qt.FocusReason.OtherFocusReason)
