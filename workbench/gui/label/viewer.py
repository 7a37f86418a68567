"""The middle of a place for labelling: what is said about a sample, and its class chooser."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from workbench.core.errors import ConflictError, WorkbenchError
from workbench.core.paths import exists
from workbench.core.text import tr
from workbench.gui.label.editor import LabelEditor
from workbench.gui.label.toolbar import PlaceToolbar
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.notice import Choice, Notice
from workbench.project.edits.manifest_file import MANIFEST_KEY

if TYPE_CHECKING:
    from workbench.gui.widgets.class_chooser import ClassChooser


class Remark(NamedTuple):
    """What the notice says: tone, sentence and what can be done."""

    tone: str
    sentence: str
    choices: Sequence[Choice] = ()


class SampleViewer(QWidget):
    """Shows the editor's sample and says what is wrong with its labels."""

    told = Signal(str)
    refused = Signal(str)
    """(sentence) what became of a file; why something was not done."""

    canvas: QWidget
    toolbar: PlaceToolbar
    ground: ClassVar[str] = "canvas"

    def __init__(self, editor: LabelEditor[Any], theme: Theme, colors: ClassColors,
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor: LabelEditor[Any] = editor
        self._theme = theme
        self._colors = colors
        self._conflicts: dict[str, ConflictError] = {}
        self._chooser: ClassChooser | None = None
        self.failure = ""
        """Why the sample itself cannot be shown, or ""."""
        self.notice = Notice(theme, self)

    def focus(self) -> None:
        """Give the keyboard to the canvas."""
        self.canvas.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(event.rect(), self._theme.color(self.ground))

    # --- classes at an object -------------------------------------------------------------------

    @property
    def chooser(self) -> ClassChooser:
        """The field that chooses a class at an object."""
        if self._chooser is None:
            from workbench.gui.widgets.class_chooser import ClassChooser

            self._chooser = ClassChooser(self._colors, self.canvas)
        return self._chooser

    def dismiss_chooser(self) -> None:
        """Close the field without a choice."""
        if self._chooser is not None:
            self._chooser.dismiss()

    def ask_for_class(self, at: QRect) -> None:
        """Offer the classes beside an object; the choice is given to what is selected."""
        session, selected = self._editor.session, self._editor.selected
        if session is not None and selected:
            self.chooser.ask(session.classes.names, selected[-1].label, at,
                             self._editor.choose_class)

    # --- what is wrong --------------------------------------------------------------------------

    def conflict(self, key: str, error: ConflictError) -> None:
        """Another program changed the labels of ``key``; that is told while it is shown, of
        workbench.toml over every sample."""
        self._conflicts[key] = error
        self.update_notice()

    def saved(self, key: str) -> None:
        """The labels of ``key`` are on the disk."""
        self._conflicts.pop(key, None)
        if key in (self._editor.key, MANIFEST_KEY):
            self.update_notice()

    def forget_conflicts(self) -> None:
        """Another project is open."""
        self._conflicts.clear()

    def update_notice(self) -> None:
        """Say what is wrong with the shown sample; the worst first, nothing where all is well."""
        shown = self._editor.session is not None and bool(self._editor.key)
        remark = self._remark() if shown else None
        if remark is not None:
            self.notice.say(*remark)
        else:
            self.notice.dismiss()

    def remark(self) -> Remark | None:
        """What else there is to say about a sample that can be edited."""
        return None

    def _remark(self) -> Remark | None:
        editor, session = self._editor, self._editor.session
        assert session is not None
        failed = session.saver.errors().get(editor.key)
        for key, reload in (
                (MANIFEST_KEY, lambda: self._settle(MANIFEST_KEY, session.reload)),
                (editor.key, self.reload)):
            if key in self._conflicts:
                both: tuple[Choice, ...] = ((tr("Keep both"), partial(
                    self._settle, key, session.keep_both), tr(
                    "What either of you added or changed is there, what either removed is not")),
                ) if session.may_keep_both(key) else ()
                return Remark("warn", self._conflicts[key].sentence(), (
                    (tr("Reload"), reload),
                    (tr("Keep mine"), partial(self._settle, key, session.overwrite)), *both))
        if failed is not None:
            return Remark("bad", failed.sentence(), (
                (tr("Try again"), session.saver.retry), self.folder_choice))
        if editor.reading:
            return Remark("info", editor.reading)
        if self.failure or editor.readonly_reason:
            return self._unusable()
        return self.remark()

    def _unusable(self) -> Remark:
        document = self._editor.document
        choices: tuple[Choice, ...] = (self.folder_choice, (tr("Read again"), self.read_again))
        if not self.failure and document is not None and document.damaged is not None:
            choices = (*choices, (tr("Start anew"), self._start_anew, tr(
                "Keep the damaged file under another name and begin without labels")))
        return Remark("bad", self.failure or self._editor.readonly_reason, choices)

    @property
    def folder_choice(self) -> Choice:
        return tr("Show in folder"), self.show_folder

    def show_folder(self) -> None:
        """Open the folder of the shown sample's labels, or of the sample itself."""
        from PySide6.QtCore import QUrl
        from PySide6.QtGui import QDesktopServices

        library, key = self._editor.library, self._editor.key
        if library is not None and key:
            labels = library.annotation_path(key)
            path = labels if exists(labels) else library.path(key)
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))

    def reload(self) -> None:
        """Take what the disk holds instead of what was edited."""
        session = self._editor.session
        if session is not None and self._editor.key:
            self._settle(self._editor.key, session.reload)

    def read_again(self) -> None:
        """Try once more to read what could not be."""
        self.reopen()

    def reopen(self) -> None:
        """Show the sample as it stands now."""
        raise NotImplementedError

    def _settle(self, key: str, act: Callable[[str], object]) -> None:
        """End the conflict over the sample ``key`` as the person chose."""
        error = self._conflicts.pop(key, None)
        try:
            act(key)
        except WorkbenchError as refused:
            if error is not None:
                self._conflicts[key] = error
            self.refused.emit(refused.sentence())
        self.update_notice()

    def _start_anew(self) -> None:
        session = self._editor.session
        if session is None or not self._editor.key:
            return
        try:
            aside = session.restart_damaged(self._editor.key)
        except WorkbenchError as error:
            self.refused.emit(error.sentence())
        else:
            self.told.emit(tr("The damaged file is kept as {name}.", name=aside.name))
        self.reopen()
