"""Classes as the places use them: what they are counted in, renamed and removed everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.core.text import count
from workbench.gui.widgets.class_model import ClassUse, Disconnect

if TYPE_CHECKING:
    from workbench.gui.label.sample_model import SampleSource
    from workbench.project.session import Session


def _listen(source: SampleSource, later: Callable[[], object]) -> list[Disconnect]:
    return [source.summary_changed.connect(lambda _key: later()),
            source.reset.connect(lambda: later()), source.finished.connect(lambda: later())]


def _rename(session: Session, old: str, new: str) -> None:
    session.rename_class(old, new)


def _remove(session: Session, name: str) -> None:
    session.remove_class(name)


BOXES = ClassUse(
    counts=lambda session: session.index.class_counts(),
    listen=lambda session, later: _listen(session.index, later),
    words=lambda number: count(number, "object"), rename=_rename, remove=_remove,
    show="Show images with it",
    hint="Draw, outline or paint something and name it: its class appears here.",
    here=lambda editor: (item.label for item in editor.objects),
    drawn=True,
)
CLIPS = ClassUse(
    counts=lambda session: session.sounds.class_counts(),
    listen=lambda session, later: _listen(session.sounds, later),
    words=lambda number: count(number, "label"), rename=_rename, remove=_remove,
    show="Show sounds with it", hint="Add a class, then label sounds with its key.",
    source=lambda session: session.sounds,
)
VIDEOS = ClassUse(
    counts=lambda session: session.videos.class_counts(),
    listen=lambda session, later: _listen(session.videos, later),
    words=lambda number: count(number, "track"), rename=_rename, remove=_remove,
    show="Show videos with it", hint="Draw a box and name it: its class appears here.",
    source=lambda session: session.videos, drawn=True,
)
