"""What changed between two classifiers of sounds, class by class."""

from __future__ import annotations

from collections import Counter
from math import nan

from workbench.core.text import count
from workbench.evaluation.classification import Classification
from workbench.gui.results.compare import Comparison, FigureRow
from workbench.tasks.sound_classification.results import (
    SoundSet,
    SoundSnapshot,
    evaluated,
    figures,
    key_of,
)

_NAMES = {"accuracy": "Accuracy", "f1": "F1", "roc_auc": "ROC area"}
_TIP = "Sounds that are recognised now and were not, and those that were and are not any more"


def sound_comparison(shown: SoundSnapshot, other: SoundSet, name: str) -> Comparison:
    """Each figure of both runs at one threshold, then F1 of each class and its sounds that changed.

    Parameters
    ----------
    shown
        The run on the screen.
    other, name
        The run beside it.
    """
    ours, theirs = shown.evaluation, evaluated(other, shown.evaluation.threshold)
    mine, its = figures(ours), figures(theirs)
    won, lost, common = _changes(shown, other, theirs)
    rows = [FigureRow(word, mine.get(key, nan), its.get(key, nan),
                  _words(won.total(), lost.total()) if key == "accuracy" else "")
             for key, word in _NAMES.items()]
    earlier = {item.name: item.f1 for item in theirs.per_class}
    rows += [FigureRow(f"F1 {item.name}", item.f1, earlier.get(item.name, nan),
                   _words(won[item.name], lost[item.name])) for item in ours.per_class]
    note = (f"{shown.results.run} beside {name}, on {count(common, 'sound')} that both heard: "
            f"{won.total():,} newly right, {lost.total():,} newly wrong.")
    return Comparison(rows, note, "Sounds", _TIP)


def _changes(
    shown: SoundSnapshot, other: SoundSet, theirs: Classification
) -> tuple[Counter[str], Counter[str], int]:
    """Sounds of each class that became right, that became wrong, and how many were compared."""
    right = {key_of(sound): bool(good) for sound, good
             in zip(other.sounds, theirs.predicted == theirs.truth, strict=True)}
    won: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    common = 0
    now = shown.evaluation.predicted == shown.evaluation.truth
    for sound, good in zip(shown.results.sounds, now, strict=True):
        before = right.get(key_of(sound))
        if before is None:
            continue
        common += 1
        won[sound.label] += bool(good) and not before
        lost[sound.label] += before and not bool(good)
    return won, lost, common


def _words(won: int, lost: int) -> str:
    return " ".join(text for text in (f"+{won}" if won else "", f"−{lost}" if lost else "") if text)
