"""The places of the window, made when they are first shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from workbench.gui.context import AppContext


@dataclass(frozen=True, slots=True)
class CloseChoice:
    """An answer to :meth:`PlaceWidget.may_close` that lets the window close.

    ``run`` is given what closes the window, and calls it at once or when its work is done.
    """

    text: str
    run: Callable[[Callable[[], object]], object]


class PlaceWidget(QWidget):
    """Base of every place; the main window calls these hooks."""

    def entered(self, target: object = None) -> None:
        """The place became visible; ``target`` is what :meth:`AppContext.go` was given."""

    def left(self) -> None:
        """Another place became visible."""

    def status(self) -> tuple[str, str]:
        """Texts for the left and the right part of the status bar."""
        return "", ""

    def may_close(self) -> str:
        """Why the window should not close just now, as a question, or ""."""
        return ""

    def close_choices(self) -> tuple[CloseChoice, ...]:
        """Answers to that question besides staying, the safest first."""
        return ()


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the rail; ``factory`` imports the place's module only when it is called."""

    id: str
    title: str
    icon: str
    factory: Callable[[AppContext], PlaceWidget]
