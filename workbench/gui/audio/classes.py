"""Classes as sounds use them: counted in clips and regions, renamed and removed in all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.core.regions import Region
from workbench.gui.widgets.class_panel import ClassUse, Disconnect

if TYPE_CHECKING:
    from workbench.project.session import Session


def clip_words(count: int) -> str:
    """ "1 clip", "3 clips"."""
    return "1 clip" if count == 1 else f"{count:,} clips"


def _listen(session: Session, later: Callable[[], object]) -> list[Disconnect]:
    sounds = session.sounds
    return [sounds.summary_changed.connect(lambda _key: later()),
            sounds.reset.connect(lambda: later()), sounds.finished.connect(lambda: later())]


def _using(session: Session, name: str) -> dict[str, tuple[Region, ...]]:
    """Regions of all clips that have the class ``name`` somewhere."""
    sounds = session.sounds
    found = {}
    for key in sounds:
        summary = sounds.summary(key)
        if summary.problem is None and (summary.label == name or summary.regions):
            regions = sounds.document(key).annotation.regions
            if any(item.label == name for item in regions):
                found[key] = regions
    return found


def rename(session: Session, old: str, new: str) -> None:
    """Give a class another name in all clips; where ``new`` exists, both become one."""
    changed = {key: tuple(item.with_label(new) if item.label == old else item for item in regions)
               for key, regions in _using(session, old).items()}
    session.rename_class(old, new)
    session.sounds.edit_many(changed, f"rename {old} to {new}")


def remove(session: Session, name: str) -> None:
    """Remove a class, and its regions from all clips."""
    changed = {key: tuple(item for item in regions if item.label != name)
               for key, regions in _using(session, name).items()}
    session.sounds.edit_many(changed, f"take {name} off {clip_words(len(changed))}")
    session.remove_class(name)


CLIPS = ClassUse(
    counts=lambda session: session.sounds.class_counts(), listen=_listen, words=clip_words,
    rename=rename, remove=remove, show="Show clips with it",
    hint="Add a class, then label clips with its key.",
)
