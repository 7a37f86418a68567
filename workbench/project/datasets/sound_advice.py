"""What a person should know of labelled sounds before a training, in words, whatever is learned."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from workbench.core.errors import Problem
from workbench.core.paths import is_file
from workbench.core.text import count, listed
from workbench.project.datasets.dataset import left_out_text, split_warnings
from workbench.project.datasets.held_out import held_out_text
from workbench.project.datasets.label_issues import absent_text
from workbench.project.datasets.sounds import BACKGROUND_WORDS, SoundDataset
from workbench.project.datasets.splits import PARTS

_UNCUT = 0.9
"""Share of a class's frequencies' upper end from which on nothing is said."""


def no_labels_text(data: SoundDataset) -> str:
    lost = [item for item in data.problems if item.severity == "error"]
    if lost:
        return f"there is no readable label to learn from: {lost[0].reason}"
    return "there is no labelled sound to train on: label some sounds first"


def data_warnings(
    data: SoundDataset, names: Sequence[str], counts: Mapping[str, int],
    heard: Callable[[str], Collection[str]], background: bool = False,
) -> list[str]:
    """Sentences without a capital and a full stop.

    Parameters
    ----------
    names, counts
        The classes, and how many examples of each there are to learn from.
    heard
        The classes of which there are examples in a part of the split.
    background
        Whether what is not labelled is learned as none of the classes.
    """
    said = [note[:1].lower() + note[1:].rstrip(".") for note in data.split.notes]
    held = held_out_text(data.split.stretches)
    if held:
        said.append(held[:1].lower() + held[1:])
    if background:
        said.append(BACKGROUND_WORDS[:1].lower() + BACKGROUND_WORDS[1:].rstrip("."))
    said += split_warnings(data, "sound")
    for words, times in (("only one example of", 1), ("no training example of", 0)):
        found = [name for name in names if counts.get(name, 0) == times]
        if found:
            said.append(f"{words} {listed(found)}")
    said.extend(_absent(data, [name for name in names if counts.get(name)], heard))
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


def _absent(data: SoundDataset, learned: Sequence[str],
            heard: Callable[[str], Collection[str]]) -> Iterator[str]:
    """Classes that are learned and then not judged; listed clips that are gone."""
    for part in ("val", "test"):
        there = heard(part)
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
