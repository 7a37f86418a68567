"""What a person should know of labelled sounds before a training, in words."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.core.text import count
from workbench.extension.engine_task import Plan
from workbench.project.datasets.sounds import (
    ClipRecord,
    SoundSample,
    samples_of,
)


def sounds_of(records: list[ClipRecord], background: bool = False) -> list[SoundSample]:
    """The labelled sounds of clips."""
    return [item for record in records for item in samples_of(record, background)]


def sample_summary(plan: Plan) -> str:
    """ "132 labels in 8 recordings"; "" where all sounds have one label."""
    sounds = _labelled(plan)
    return "" if all(item.whole for item in sounds) else _listed(sounds)


def _labelled(plan: Plan) -> list[SoundSample]:
    sounds = [item for item in plan.train if item.label] + list(plan.test)
    return sounds + ([] if plan.split.val_is_train else list(plan.val))


def _listed(sounds: Sequence[SoundSample], *more: str) -> str:
    """Those with one label are sounds."""
    clips = sum(item.whole for item in sounds)
    parts = [item for item in sounds if not item.whole]
    said = [count(clips, "sound")] if clips or not parts else []
    if parts:
        said.append(f"{count(len(parts), 'label')} in "
                    f"{count(len({item.key for item in parts}), 'recording')}")
    said += more
    return " and ".join(said) if len(said) < 3 else f"{said[0]}, {said[1]} and {said[2]}"


def inventory(plan: Plan) -> str:
    """ "3 labels in 1 recording and 8 background stretches"."""
    gaps = len(plan.train) - plan.learned
    more = [count(gaps, "background stretch", "background stretches")] if gaps else []
    background = " and background" if plan.facts.background else ""
    return (f"{_listed(_labelled(plan), *more)}, {count(len(plan.classes), 'class')}"
            f"{background}")
