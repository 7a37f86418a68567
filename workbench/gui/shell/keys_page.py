"""All actions with their keys, by place: found, changed and printed."""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from workbench.core.errors import WorkbenchError
from workbench.core.folders import user_data_folder
from workbench.core.text import count, listed, tr
from workbench.formats.atomic import write_atomic
from workbench.gui.app.actions import Action
from workbench.gui.app.context import AppContext
from workbench.gui.app.key_choices import assign, holders, kept_words, pressed_key
from workbench.gui.shell.fuzzy import score
from workbench.gui.style import tokens
from workbench.gui.widgets import (
    ElidedLabel,
    IconButton,
    KeyHint,
    QuietButton,
    SearchField,
    SectionTitle,
    column,
    label,
    repolish,
    row,
)
from workbench.gui.widgets.labels import key_text

_NOTES = ("The digits 1 to 9 and 0 choose the class at that place of the list.",)


class KeysPage(QWidget):
    """Every action by place, with a field that finds one and a button that changes its keys."""

    def __init__(self, context: AppContext, titles: Mapping[str, str]) -> None:
        super().__init__()
        self._context = context
        self._titles = {"": tr("Everywhere"), **titles}
        self.search = SearchField(tr("Find a key or an action"))
        self.search.textChanged.connect(self._filter)
        self.rows: list[tuple[str, list[QWidget]]] = []
        """The words that each action is found by, and its widgets."""
        self.edit_buttons: dict[str, IconButton] = {}
        self._hints: dict[str, QHBoxLayout] = {}
        self._shown: dict[str, list[KeyHint]] = {}
        self.setFocusProxy(self.search)
        self._at: dict[str, int] = {}
        self._groups: list[tuple[QWidget, list[int]]] = []
        self.foot = KeysFoot(context)
        """What lies below the page: see :class:`KeysFoot`."""
        self.foot.print_button.clicked.connect(self.print_keys)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(tokens.SPACE_XS)
        grid.setColumnStretch(0, 1)
        self.setLayout(column(self.search, grid, 1, spacing=tokens.SPACE_M))
        for place, title in self._titles.items():
            here = [action for action in context.actions if action.place == place]
            if here:
                self._add_group(grid, title, here)
        disconnect = context.actions.changed.connect(self._changed)
        self.destroyed.connect(lambda: disconnect())

    def _add_group(self, grid: QGridLayout, title: str, actions: list[Action]) -> None:
        head = SectionTitle(title)
        head.setContentsMargins(0, tokens.SPACE_S, 0, 0)
        grid.addWidget(head, grid.rowCount(), 0, 1, 2)
        first = len(self.rows)
        for action in actions:
            # in their parent from the first: else they are styled twice
            text, keys = label(action.text, wrap=True, parent=self), QWidget(self)
            button = IconButton("edit", tr("Change the key of “{action}”", action=action.text),
                                side=24)
            button.clicked.connect(lambda _on=False, id=action.id: self.foot.edit(id))
            hints = row(1, spacing=tokens.SPACE_XS)
            keys.setLayout(row(hints, button, spacing=tokens.SPACE_S))
            self.edit_buttons[action.id], self._hints[action.id] = button, hints
            self._at[action.id] = len(self.rows)
            at = grid.rowCount()
            grid.addWidget(text, at, 0)
            grid.addWidget(keys, at, 1)
            self.rows.append(("", [text, keys]))
            self._changed(action)
        self._groups.append((head, list(range(first, len(self.rows)))))

    def _changed(self, action: Action) -> None:
        """Show the keys that an action has by now."""
        if action.id not in self._hints:
            return  # it came while the page is shown
        hints, at = self._hints[action.id], self._at[action.id]
        for hint in self._shown.pop(action.id, ()):
            hints.removeWidget(hint)
            hint.hide()
            hint.deleteLater()
        self._shown[action.id] = [KeyHint(key) for key in action.keys]
        for hint in self._shown[action.id]:
            hints.addWidget(hint)
        words = f"{self._titles[action.place]} {action.text} {' '.join(action.keys)}"
        self.rows[at] = words, self.rows[at][1]

    def _filter(self, text: str) -> None:
        fits = [not text or score(text, words) is not None for words, _ in self.rows]
        for (_, widgets), shown in zip(self.rows, fits, strict=True):
            for widget in widgets:
                widget.setVisible(shown)
        for head, rows in self._groups:
            head.setVisible(any(fits[at] for at in rows))

    def print_keys(self) -> None:
        """Open all keys as a page of the browser, which prints it."""
        path = user_data_folder() / "keys.html"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(path, keys_html(self._context, self._titles).encode())
        except (OSError, WorkbenchError) as error:
            self._context.say("bad", str(error))
            return
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self._context.say("info", tr("The keys are in {path}", path=path))


class KeysFoot(QWidget):
    """Printing and resetting, and in their place the key of one action while it is changed."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._id = self._wanted = ""
        self.print_button = QuietButton(tr("Print…"), "export")
        self.print_button.setToolTip(tr("Opens all keys in the browser, where they are printed"))
        self.reset_button = QuietButton(tr("Reset all keys"), "undo", run=self.reset_all)
        self.field = KeyField()
        self.field.pressed.connect(self._press)
        self.field.cancelled.connect(self.end)
        self.words = ElidedLabel("")
        self.take_button = QuietButton(tr("Use it here"), run=lambda: self._give(self._wanted))
        self.usual_button = QuietButton(tr("Usual key"), run=self._reset)
        self.none_button = QuietButton(tr("No key"), run=lambda: self._set(()))
        self.cancel_button = QuietButton(tr("Cancel"), run=self.end)
        self._plain = [self.print_button, self.reset_button]
        self._editing = [self.words, self.field, self.take_button, self.usual_button,
                         self.none_button, self.cancel_button]
        line = row(self.field, self.usual_button, self.none_button, self.take_button, 1,
                   self.cancel_button, self.print_button, self.reset_button)
        self.setLayout(column(self.words, line, spacing=tokens.SPACE_S))
        self.end()

    def edit(self, id: str) -> None:
        """Ask for a key of the action ``id``."""
        action = self._context.actions[id]
        self._id = id
        for widget in (*self._plain, *self._editing):
            widget.setVisible(widget in self._editing)
        usual = self._context.actions.usual_keys(id)
        self.usual_button.setText(key_text(usual[0]) if usual else tr("Usual: none"))
        self.usual_button.setToolTip(tr("Give it the key back that it has by itself"))
        self.usual_button.setVisible(action.keys != usual)
        self.none_button.setVisible(bool(action.keys))
        self._tell(tr("Press the key for “{action}”.", action=action.text))
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def end(self) -> None:
        """Change no key any more."""
        self._id = ""
        for widget in (*self._plain, *self._editing):
            widget.setVisible(widget in self._plain)
        self.reset_button.setEnabled(bool(self._changed()))

    def reset_all(self) -> None:
        """Give every action its own keys back."""
        changed = self._changed()
        for action in changed:
            self._context.actions.set_keys(action.id, self._context.actions.usual_keys(action.id))
        self._context.say("ok", tr("{actions} have their own keys again.",
                                   actions=count(len(changed), "action")))
        self.end()

    def _changed(self) -> list[Action]:
        actions = self._context.actions
        return [action for action in actions if action.keys != actions.usual_keys(action.id)]

    def _tell(self, words: str, tone: str = "", *, may_take: bool = False) -> None:
        self.words.setText(words)
        repolish(self.words, "tone", tone)
        self.take_button.setVisible(may_take)

    def _press(self, key: str) -> None:
        action = self._context.actions[self._id]
        if words := kept_words(key):
            self._tell(words, "warn")
        elif others := holders(self._context.actions, action, key):
            self._wanted = key
            names = listed(list(dict.fromkeys(f"“{other.text}”" for other in others)))
            self._tell(tr("{key} is the key of {names}.", key=key_text(key), names=names), "warn",
                       may_take=True)
        else:
            self._give(key)

    def _give(self, key: str) -> None:
        assign(self._context.actions, self._context.actions[self._id], key)
        self.end()

    def _reset(self) -> None:
        """The usual keys, but for those that another action has by now."""
        actions = self._context.actions
        action = actions[self._id]
        self._set(tuple(key for key in actions.usual_keys(self._id)
                        if not holders(actions, action, key)))

    def _set(self, keys: tuple[str, ...]) -> None:
        self._context.actions.set_keys(self._id, keys)
        self.end()


class KeyField(QLabel):
    """Waits for a key."""

    pressed = Signal(str)
    """(key) in Qt's portable text."""
    cancelled = Signal()
    """Escape was pressed."""

    def __init__(self) -> None:
        super().__init__(tr("Press a key…"))
        self.setProperty("role", "caption")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("The new key"))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.accept()
        if event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        elif key := pressed_key(event.key(), event.modifiers()):
            self.pressed.emit(key)


def keys_html(context: AppContext, titles: Mapping[str, str]) -> str:
    """All actions with a key as a page to print, with nothing from elsewhere in it."""
    style = (Path(__file__).parent / "templates" / "keys.css").read_text("utf-8")
    parts = []
    for place, title in titles.items():
        lines = [f"<tr><td>{html.escape(action.text)}</td><td>" + " ".join(
            f"<kbd>{html.escape(key_text(key))}</kbd>" for key in action.keys) + "</td></tr>"
            for action in context.actions if action.place == place and action.keys]
        if lines:
            parts.append(f"<section><h2>{html.escape(title)}</h2><table>{''.join(lines)}</table>"
                         "</section>")
    notes = "".join(f"<p>{html.escape(tr(note))}</p>" for note in _NOTES)
    heading = html.escape(tr("Keys of Workbench"))
    return (f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{heading}</title>'
            f"<style>{style}</style></head><body><h1>{heading}</h1>{notes}"
            f"<main>{''.join(parts)}</main></body></html>\n")
