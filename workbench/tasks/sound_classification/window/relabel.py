"""Giving sounds another class from where their mistakes are seen."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.core.annotation import LabeledObject
from workbench.core.text import count, tr
from workbench.project.datasets.sounds import SoundSample
from workbench.project.session import Session
from workbench.tasks.sound_classification.results import key_of


def relabel(session: Session, sounds: Sequence[SoundSample], label: str) -> int:
    """Call all ``sounds`` ``label``, as one step that can be undone; return how many changed.

    A clip that is labelled as a whole is relabelled as a whole, a region alone.

    Raises
    ------
    UsageError
        If a clip is no longer there.
    WorkbenchError
        If a table must not be changed; nothing was changed then.
    """
    library = session.sounds
    whole = [sound.key for sound in sounds if sound.whole]
    parts = [sound for sound in sounds if not sound.whole]
    if not parts:
        changing = sum(library.summary(key).label != label for key in whole)
        library.set_label(whole, label)  # many of them are changed soon after
        return changing
    edits: dict[str, tuple[LabeledObject, ...]] = {}
    changed = 0
    for sound in parts:
        document = library.document(sound.key)
        regions = edits.get(sound.key, document.annotation.objects)
        made = tuple(region.with_label(label) if _is(region, sound, document.duration) else region
                     for region in regions)
        changed += made != regions
        edits[sound.key] = made
    library.edit_many(edits, tr("label {regions} “{label}”", regions=count(changed, "region"),
                                label=label))
    if whole:
        library.set_label(whole, label)
    return changed + len(whole)


def _is(region: LabeledObject, sound: SoundSample, duration: float) -> bool:
    times = (round(region.start, 3), round(min(region.end, duration), 3))
    return times == key_of(sound)[1:] and bool(region.label)
