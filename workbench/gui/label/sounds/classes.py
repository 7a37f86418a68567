"""Classes as sounds use them: counted in clips and regions, renamed and removed in all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.core.text import count
from workbench.gui.widgets.class_panel import ClassUse, Disconnect

if TYPE_CHECKING:
    from workbench.project.session import Session


def _listen(session: Session, later: Callable[[], object]) -> list[Disconnect]:
    sounds = session.sounds
    return [sounds.summary_changed.connect(lambda _key: later()),
            sounds.reset.connect(lambda: later()), sounds.finished.connect(lambda: later())]


def rename(session: Session, old: str, new: str) -> None:
    """Give a class another name in all clips; where ``new`` exists, both become one. One step."""
    session.rename_class(old, new)


def remove(session: Session, name: str) -> None:
    """Remove a class, and its regions from all clips; one step."""
    session.remove_class(name)


CLIPS = ClassUse(
    counts=lambda session: session.sounds.class_counts(), listen=_listen,
    words=lambda number: count(number, "clip"),
    rename=rename, remove=remove, show="Show clips with it",
    hint="Add a class, then label clips with its key.",
)
