"""What a person should know of labelled sounds before a training, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from workbench.core.errors import Problem
from workbench.core.paths import is_file
from workbench.core.text import count, listed
from workbench.extension.engine_task import Plan
from workbench.project.datasets.dataset import left_out_text, split_warnings
from workbench.project.datasets.held_out import held_out_text
from workbench.project.datasets.label_issues import absent_text
from workbench.project.datasets.sounds import (
    BACKGROUND_WORDS,
    ClipRecord,
    SoundDataset,
    SoundSample,
    samples_of,
)
from workbench.project.datasets.splits import PARTS

_UNCUT = 0.9
"""Share of a class's frequencies' upper end from which on nothing is said."""


def sounds_of(records: list[ClipRecord], background: bool = False) -> list[SoundSample]:
    """The labelled sounds of clips."""
    return [item for record in records for item in samples_of(record, background)]


def no_labels_text(data: SoundDataset) -> str:
    lost = [item for item in data.problems if item.severity == "error"]
    if lost:
        return f"there is no readable label to learn from: {lost[0].reason}"
    return "there is no labelled sound to train on: label some sounds first"


def data_warnings(
    data: SoundDataset, train: list[SoundSample], names: tuple[str, ...], background: bool
) -> list[str]:
    said = [note[:1].lower() + note[1:].rstrip(".") for note in data.split.notes]
    held = held_out_text(data.split.stretches)
    if held:
        said.append(held[:1].lower() + held[1:])
    if background:
        said.append(BACKGROUND_WORDS[:1].lower() + BACKGROUND_WORDS[1:].rstrip("."))
    said += split_warnings(data, "sound")
    counts = Counter(item.label for item in train)
    for words, times in (("only one example of", 1), ("no training example of", 0)):
        found = [name for name in names if counts[name] == times]
        if found:
            said.append(f"{words} {listed(found)}")
    said.extend(_absent(data, [name for name in names if counts[name]]))
    lost = [item for item in data.problems if item.severity == "error"]
    if lost:
        said.append(left_out_text(lost))
    said.extend(_noted(data.problems))
    return said


def unheard(bands: Mapping[str, tuple[float, float]], high: float) -> Iterator[str]:
    """Classes that are labelled above what the model hears (Hz), which is what nine of ten
    recordings have, or the sample rate that was chosen."""
    lost = [name for name, (low, _high) in bands.items() if low >= high]
    cut = [name for name, (low, top) in bands.items() if low < high < _UNCUT * top]
    for names, words in ((lost, "is not heard at all"), (cut, "is heard in part only")):
        if names:
            yield (f"what is labelled as {listed(names)} {words}: the model hears up to "
                   f"{high / 1000:.3g} kHz, as some recordings hold no more")


def _absent(data: SoundDataset, learned: Sequence[str]) -> Iterator[str]:
    """Classes that are learned and then not judged; listed clips that are gone."""
    for part in ("val", "test"):
        there = {item.label for item in sounds_of(data.part(part))}
        absent = [name for name in learned if name not in there]
        if there and absent and not data.split.val_is_train:
            yield absent_text(part, absent)
    gone = [key for part in PARTS for key in data.split.members(part)
            if not is_file(data.folder / key)]
    if gone:
        clips = count(len(gone), "sound that the split lists is", "sounds that the split lists are")
        yield f"{clips} gone ({listed([name.rpartition('/')[2] for name in gone])})"


def _noted(problems: Sequence[Problem]) -> Iterator[str]:
    """What should be known of sounds that are learned from, one sentence for each kind."""
    kinds: dict[str, list[Problem]] = {}
    for problem in problems:
        if problem.severity == "warning":
            kinds.setdefault(problem.kind, []).append(problem)
    for first, *others in kinds.values():
        more = f"; {count(len(others), 'other sound')} too" if others else ""
        yield first.reason.rstrip(".?") + more


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
