"""Classes as images use them: counted in boxes, renamed and removed in all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.core.text import count
from workbench.gui.widgets.class_panel import ClassUse, Disconnect

if TYPE_CHECKING:
    from workbench.project.session import Session


def _listen_to_images(session: Session, later: Callable[[], object]) -> list[Disconnect]:
    return [session.index.summary_changed.connect(lambda _key: later()),
            session.index.reset.connect(lambda: later())]


BOXES = ClassUse(
    counts=lambda session: session.index.class_counts(), listen=_listen_to_images,
    words=lambda number: count(number, "box"),
    rename=lambda session, old, new: session.rename_class(old, new),
    remove=lambda session, name: session.remove_class(name), show="Show images with it",
    hint="Draw a box and name it: its class appears here.",
)
