"""Pages that lie over the window until Escape: all keys, settings, about."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QGridLayout, QWidget
from shiboken6 import isValid

from workbench import __version__
from workbench.core.folders import user_data_folder
from workbench.core.text import tr
from workbench.gui.app.context import AppContext
from workbench.gui.app.person import NameField
from workbench.gui.app.remember import PlaceMemory
from workbench.gui.shell.keys_page import KeysPage
from workbench.gui.shell.place_stack import PlaceStack
from workbench.gui.style import tokens
from workbench.gui.style.theme import Mode
from workbench.gui.widgets import (
    ChipGroup,
    ElidedLabel,
    IconButton,
    QuietButton,
    SearchField,
    SectionTitle,
    column,
    label,
    row,
    scroll,
    scrolling,
)
from workbench.gui.widgets.surfaces import Popup

WIDTH, SHARE = 620, 0.86
"""Of a page in logical pixels, and its height as a share of the window's."""
_DIM = 90
_FRAME = 2 * tokens.SPACE_L + tokens.SPACE_XL + 2 * tokens.SPACE_M
"""Height of a page around its content."""


class Sheet(QWidget):
    """A page over a dimmed window; Escape, its cross or a click beside it closes it.

    The keyboard stays in it: Tab goes around, Enter presses the button that has the focus.

    Parameters
    ----------
    title, content
        What stands at its top, and below it, where it scrolls.
    foot
        What stays below that: buttons.
    """

    closed = Signal()
    """It was taken away."""

    def __init__(self, title: str, content: QWidget, parent: QWidget,
                 foot: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parent, self._content, self._foot = parent, content, foot
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._before = self.window().focusWidget()
        self._box = Popup(self)
        close = IconButton("close", tr("Close"), keys="Esc", side=24, run=self.close_sheet)
        words = ElidedLabel(title)
        words.setProperty("role", "heading")
        head = row((words, 1), close)
        side = tokens.SPACE_L
        area = scrolling()
        whole = column(head, (area, 1), spacing=tokens.SPACE_M,
                       margins=(side, side, side, side))
        if foot is not None:
            whole.addWidget(foot)
        self._box.setLayout(whole)
        scroll(area, content)
        self._needed = 0
        self._top: int | None = None  # once it was painted, for the size of the window it had
        self._area = QSize()
        parent.installEventFilter(self)
        content.installEventFilter(self)
        self.lay_out()
        self.show()
        self.raise_()
        first = content.focusProxy()
        if isinstance(first, SearchField):
            first.left.connect(self.close_sheet)
        (first or self).setFocus()

    def close_sheet(self) -> None:
        """Take it away and give the keyboard back."""
        self._parent.removeEventFilter(self)
        self._content.removeEventFilter(self)
        self.hide()
        if self._before is not None and isValid(self._before):  # a field of a list may have gone
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.closed.emit()
        self.deleteLater()

    def lay_out(self) -> None:
        """Give it the size that its content wants by now; it never gets smaller, and grows
        downwards where there is room, so that what one chooses from does not move about."""
        area = self._parent.rect()
        self.setGeometry(area)
        width = min(WIDTH, area.width() - 2 * tokens.SPACE_XL)
        needed = self._content.heightForWidth(width - 2 * tokens.SPACE_L)
        needed = max(needed, self._content.sizeHint().height()) + _FRAME
        if self._foot is not None:
            needed += self._foot.sizeHint().height() + tokens.SPACE_M
        self._needed = needed = max(needed, self._needed)
        height = min(needed, round(SHARE * area.height()), area.height() - 2 * tokens.SPACE_XL)
        top = (area.height() - height) // 2
        if self._top is not None and self._area == area.size():
            top = max(top, min(self._top, area.height() - tokens.SPACE_XL - height))
        self._box.setGeometry((area.width() - width) // 2, top, width, height)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        more = watched is self._content and event.type() == QEvent.Type.LayoutRequest
        if more or (watched is self._parent and event.type() == QEvent.Type.Resize):
            self.lay_out()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        focused = self.window().focusWidget()
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_F1):
            self.close_sheet()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) \
                and isinstance(focused, QAbstractButton) and self.isAncestorOf(focused):
            focused.click()
        # every other key ends here: what lies below the page is not meant

    def focusNextPrevChild(self, forward: bool) -> bool:
        stops = [item for item in self._box.findChildren(QWidget)
                 if item.isVisible() and item.isEnabled()
                 and item.focusPolicy() & Qt.FocusPolicy.TabFocus]
        if not stops:
            return False
        focused = self.window().focusWidget()
        at = stops.index(focused) if focused in stops else (-1 if forward else 0)
        reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        stops[(at + (1 if forward else -1)) % len(stops)].setFocus(reason)
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._box.geometry().contains(event.position().toPoint()):
            self.close_sheet()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        shade = QColor(tokens.ON_IMAGE_DARK)
        shade.setAlpha(_DIM)
        painter.fillRect(self.rect(), shade)
        self._top, self._area = self._box.y(), self.size()


# --- settings -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of a place that is on or off; ``action`` switches it where the place is there."""

    place: str
    name: str
    text: str
    action: str
    usual: bool = False


CHOICES: tuple[Choice, ...] = (
    Choice("images", "verify_next", "Go to the next image after verifying", "images.verify_next"),
    Choice("images", "drag_pans", "Dragging beside boxes moves the picture", "images.drag_pans"),
    Choice("images", "pace", "Say in the status bar how many objects a minute you label", ""),
)
_MODES: tuple[tuple[Mode, str], ...] = (
    ("system", "Follow system"), ("light", "Light"), ("dark", "Dark"))


class SettingsPage(QWidget):
    """What holds for all projects of this person."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self.theme = ChipGroup()
        for mode, text in _MODES:
            self.theme.add(mode, tr(text))
        self.theme.select(context.theme.mode)
        self.theme.changed.connect(lambda mode: context.actions[f"view.theme_{mode}"].run())
        menu_bar = context.actions["view.menu_bar"]
        menu = QCheckBox(tr("Show the menu bar"))
        menu.setChecked(menu_bar.checked is not None and menu_bar.checked())
        menu.toggled.connect(lambda _: menu_bar.run())
        self.boxes = {choice.name: self._box(choice) for choice in CHOICES}
        self.name = NameField(context)
        paths = ((tr("Settings"), context.settings.fileName()),
                 (tr("Log and samples"), user_data_folder()))
        kept = [line for name, path in paths
                for line in (label(name, "caption"), _selectable(str(path)))]
        self.setLayout(column(
            _section(tr("Look")), self.theme, menu,
            _section(tr("Labelling")), *self.boxes.values(),
            label(tr("Your name, kept with what you label (optional)"), "caption"), self.name,
            _section(tr("Where things are kept")), *kept, 1, spacing=tokens.SPACE_S))

    def _box(self, choice: Choice) -> QCheckBox:
        memory = PlaceMemory(self._context.settings, choice.place)
        box = QCheckBox(tr(choice.text))
        box.setChecked(memory.option(choice.name, usual=choice.usual))
        box.toggled.connect(lambda on: self._switch(choice, memory, on))
        return box

    def _switch(self, choice: Choice, memory: PlaceMemory, on: bool) -> None:
        """Through the place where it is there, so that it heeds it at once."""
        known = {action.id: action for action in self._context.actions}
        if choice.action in known and memory.option(choice.name, usual=choice.usual) != on:
            known[choice.action].run()
        memory.set_option(choice.name, on=on)


def _section(text: str) -> SectionTitle:
    """A title with some room above it."""
    made = SectionTitle(text)
    made.setContentsMargins(0, tokens.SPACE_S, 0, 0)
    return made


def _selectable(text: str) -> QWidget:
    made = label(text, wrap=True)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


# --- about ----------------------------------------------------------------------------------------

PARTS = (("PySide6-Essentials", "Qt for Python", "LGPL-3.0"), ("torch", "PyTorch", "BSD-3-Clause"),
         ("torchvision", "torchvision", "BSD-3-Clause"),
         ("torchaudio", "torchaudio", "BSD-2-Clause"), ("numpy", "NumPy", "BSD-3-Clause"),
         ("pillow", "Pillow", "MIT-CMU"), ("pyqtgraph", "PyQtGraph", "MIT"),
         ("soundfile", "soundfile", "BSD-3-Clause"), ("onnxruntime", "ONNX Runtime", "MIT"))
"""What the program stands on: distribution, name, licence."""


def versions() -> list[tuple[str, str, str]]:
    """Name, version and licence of the parts that are installed."""
    found = []
    for distribution, name, licence in PARTS:
        try:
            found.append((name, importlib.metadata.version(distribution), licence))
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


class AboutPage(QWidget):
    """What this program is, and what it stands on."""

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(0, 1)
        for at, line in enumerate(versions()):
            for place, text in enumerate(line):
                grid.addWidget(label(text, tone="soft" if place else ""), at, place)
        grid.setHorizontalSpacing(tokens.SPACE_XL)
        self.copy_button = QuietButton(tr("Copy versions"), "copy")
        self.copy_button.clicked.connect(
            lambda: QGuiApplication.clipboard().setText(version_words()))
        self.setLayout(column(
            label(tr("Workbench {version}", version=__version__), "title"),
            label(tr("Label images and sounds, train a model on them, see what it got wrong."),
                  wrap=True),
            label(tr("Everything stays on this computer: nothing is sent anywhere. Pretrained "
                     "weights "
                     "are downloaded only when you start a training that needs them."), tone="soft",
                  wrap=True),
            label(tr("Licence: Apache-2.0. The interface font is Inter (SIL Open Font License 1.1) "
                     "where the system has none of its own."), tone="soft", wrap=True),
            _section(tr("Built with")), grid, row(self.copy_button, 1), 1, spacing=tokens.SPACE_M))


def version_words() -> str:
    """For a report of a fault."""
    lines = [tr("Workbench {version}", version=__version__), tr("Python {python_version}",
                                            python_version=platform.python_version()),
             platform.platform(), *(f"{name} {version}" for name, version, _ in versions())]
    return "\n".join(lines)


MakePage = Callable[["PlaceStack", "AppContext"], QWidget]


def _keys(stack: PlaceStack, context: AppContext) -> QWidget:
    for place in stack:
        stack.build(place)  # an action is known once its place has been made
    return KeysPage(context, {place.id: place.title for place in stack})


PAGES: dict[str, tuple[str, MakePage]] = {
    "keys": ("Keyboard shortcuts", _keys),
    "settings": ("Settings", lambda _, context: SettingsPage(context)),
    "about": ("About Workbench", lambda _, _context: AboutPage()),
}
"""Title of each page and what makes it."""
