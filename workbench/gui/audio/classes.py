"""Classes as sounds use them: counted in clips and regions, renamed and removed in all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.core.regions import ClipAnnotation, Region
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


def _using(session: Session, name: str) -> list[str]:
    """Clips that have the class ``name`` somewhere and can be changed."""
    sounds = session.sounds
    found = ((key, sounds.summary(key)) for key in sounds)
    return [key for key, summary in found
            if summary.problem is None and any(label == name for label, _ in summary.classes)]


def rename(session: Session, old: str, new: str) -> None:
    """Give a class another name in all clips; where ``new`` exists, both become one. One step."""
    session.classes.index(old)  # raises where there is none, before anything is begun
    new = new.strip()
    text = f"merge {old} into {new}" if new in session.classes else f"rename {old} to {new}"

    def change(annotation: ClipAnnotation, _duration: float) -> list[Region]:
        return [item.with_label(new) if item.label == old else item
                for item in annotation.regions]

    session.sounds.change_many(_using(session, old), change, text,
                               along=lambda: session.rename_class(old, new))


def remove(session: Session, name: str) -> None:
    """Remove a class, and its regions from all clips; one step."""
    session.classes.index(name)

    def change(annotation: ClipAnnotation, _duration: float) -> list[Region]:
        return [item for item in annotation.regions if item.label != name]

    session.sounds.change_many(_using(session, name), change, f"remove class {name}",
                               along=lambda: session.remove_class(name))


CLIPS = ClassUse(
    counts=lambda session: session.sounds.class_counts(), listen=_listen, words=clip_words,
    rename=rename, remove=remove, show="Show clips with it",
    hint="Add a class, then label clips with its key.",
)
