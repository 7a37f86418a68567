"""Where labels come from when no table beside a clip says: names, folders, or a table."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from workbench.core.errors import WorkbenchError
from workbench.core.paths import visible
from workbench.core.text import tr
from workbench.gui.label.level_choice import LevelChoice
from workbench.gui.style import tokens
from workbench.gui.widgets import (
    ChipGroup,
    Popup,
    PrimaryButton,
    QuietButton,
    column,
    label,
    repolish,
    row,
)
from workbench.project.class_levels import ClassLevels, ordinal
from workbench.project.edits.commands import ClassCommand
from workbench.project.library.clip_labels import LabelSource, SoundSettings
from workbench.project.session import Session

USUAL_PATTERN = "{label}_{group}_{n}"
SHOWN = 3
_KEPT = "A selection table beside a sound always takes precedence. No files are changed."


class LabelSourcePanel(Popup):
    """Shows what is recognised, what it would mean for the clips, and lets it be changed."""

    said = Signal(str)
    """(sentence) the choice was taken."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._session: Session | None = None
        self._levels = ClassLevels(())
        self.kind = ChipGroup()
        for id, text in (("names", tr("File names")), ("folders", tr("Folders")),
                         ("table", tr("A table")),
                         ("none", tr("No existing labels"))):
            self.kind.add(id, text)
        self.pattern = QLineEdit()
        self.pattern.setAccessibleName(tr("Pattern of the file names"))
        self.pattern.setToolTip(tr("{label} is the class, {group} the speaker or recording, {n} a "
                                   "number"))
        self.level = LevelChoice()
        self.table = QComboBox()
        self.table.setAccessibleName(tr("Table with labels"))
        self.preview = label("", "caption", wrap=True)
        self.note = label(_KEPT, "caption", wrap=True)
        self.apply = PrimaryButton(tr("Use this"), run=self.use)
        self.cancel = QuietButton(tr("Cancel"))
        edge = tokens.SPACE_M
        self.setLayout(column(
            label(tr("Labels come from"), "title"), self.kind, self.pattern, self.level, self.table,
            self.preview,
            self.note, row(1, self.cancel, self.apply), margins=(edge, edge, edge, edge)))
        self.setFixedWidth(tokens.FORM_PANEL_WIDTH + 2 * tokens.SPACE_L)
        self.kind.changed.connect(lambda _id: self._show())
        self.pattern.textChanged.connect(lambda: self._show())
        self.table.currentIndexChanged.connect(lambda _index: self._show())
        self.level.changed.connect(self._show)
        self.level.taken.connect(self.use)
        self.cancel.clicked.connect(self.hide)
        self.hide()

    def open(self, session: Session, at: QPoint) -> None:
        """Show the settings of a project at a place in the parent."""
        self._session = session
        settings = session.sounds.settings
        self.pattern.setText(settings.pattern or USUAL_PATTERN)
        tables = sorted(path.relative_to(session.folder).as_posix()
                        for pattern in ("*.csv", "*/*.csv")
                        for path in visible(session.folder.glob(pattern))
                        if ".workbench" not in path.parts and "runs" not in path.parts)
        if settings.table and settings.table not in tables:
            tables.insert(0, settings.table)  # several tables, or one from deeper
        self.table.clear()
        self.table.addItems(tables)
        if settings.table in tables:
            self.table.setCurrentText(settings.table)
        self._levels = ClassLevels(session.sounds.keys(), kinds=True)
        self.level.show_levels(self._levels, settings.class_folder, [(0, tr("Innermost folder"), tr(
            "The folder that a sound lies in; dates and parts of a split are passed over."))])
        self.kind.select("table" if settings.table else "folders" if settings.folders
                         else "names" if settings.pattern else "none")
        self._show()
        self.move(at)
        self.show()
        self.raise_()
        self.kind[self.kind.selected].setFocus()

    @property
    def settings(self) -> SoundSettings:
        """What is chosen now."""
        kind = self.kind.selected
        return SoundSettings(self.pattern.text().strip() if kind == "names" else "",
                             kind == "folders",
                             self.table.currentText() if kind == "table" else "",
                             self.level.selected if kind == "folders" else 0)

    def use(self) -> None:
        """Take the choice and remember it in the project."""
        if self._session is None:
            return
        session, settings, before = self._session, self.settings, self._session.sounds.settings
        use = session.sounds.use_settings
        try:
            if settings != before:
                session.undo.push(ClassCommand(
                    tr("say where labels come from"), session.person_changed,
                    partial(use, settings), partial(use, before)))
            elif not session.manifest.sounds:  # it was recognised: from now on it is said
                use(settings)
        except WorkbenchError as error:
            self._tell(str(error), "bad")
            return
        self.hide()
        self.said.emit(self._taken())

    def _taken(self) -> str:
        """What is said of the choice."""
        settings = self.settings
        if settings.table:
            return tr("Labels come from {table} now.", table=settings.table)
        if settings.class_folder:
            return tr("Labels come from the {level} now.", level=ordinal(settings.class_folder))
        if settings.folders:
            return tr("Labels come from the folders' names now.")
        if settings.pattern:
            return tr("Labels come from the file names now.")
        return tr("Sounds have only the labels you give them now.")

    def _show(self) -> None:
        kind = self.kind.selected
        self.pattern.setVisible(kind == "names")
        self.level.setVisible(kind == "folders" and len(self._levels.levels) > 1)
        self.table.setVisible(kind == "table" and self.table.count() > 0)
        self.apply.setEnabled(True)
        repolish(self.pattern, "invalid", "false")
        if self._session is None:
            return
        if kind == "table" and not self.table.count():
            self.apply.setEnabled(False)
            self._tell(tr("There is no CSV file in this project. It needs a column for the "
                          "file and one for the label."), "soft")
        elif kind == "none":
            self._tell(tr("Sounds have only the labels you give them."), "soft")
        else:
            self._try(self._session)
        self.adjustSize()

    def _try(self, session: Session) -> None:
        """Say what the choice would mean."""
        try:
            source = LabelSource(self.settings, session.folder)
        except WorkbenchError as error:
            repolish(self.pattern, "invalid", "true")
            self.apply.setEnabled(False)
            self._tell(str(error), "bad")
            return
        if source.problems:
            self.apply.setEnabled(False)
            self._tell(source.problems[0].reason, "bad")
            return
        keys = session.sounds.keys()
        found = {key: source(key) for key in keys}
        labels = {name for item in found.values() for name in item.classes}
        groups = {item.group for item in found.values() if item.group}
        fitting = sum(bool(item.classes) for item in found.values())
        words = [tr("{fitting:,} of {keys:,} sounds, {labels} classes",
                    fitting=fitting, keys=len(keys), labels=len(labels))
                 + (tr(", {groups} groups", groups=len(groups)) if groups else "") + "."]
        examples = [key for key in keys if found[key].classes][:: max(1, fitting // SHOWN)][:SHOWN]
        start = 0 if self.settings.folders else -1  # of the path, that says it then
        words += [f"{'/'.join(key.split('/')[start:])} → "
                  f"{', '.join(dict.fromkeys(found[key].classes))}"
                  + (f" · {found[key].group}" if found[key].group else "") for key in examples]
        self._tell("\n".join(words), "soft" if fitting else "warn")

    def _tell(self, text: str, tone: str) -> None:
        self.preview.setText(text)
        repolish(self.preview, "tone", tone)

    def sizeHint(self) -> QSize:
        layout = self.layout()
        assert layout is not None
        return QSize(self.width(), layout.totalHeightForWidth(self.width()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.apply.isEnabled():
            self.use()
        else:
            super().keyPressEvent(event)
