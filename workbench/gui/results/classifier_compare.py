"""What changed between two classifiers, class by class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from math import nan

from workbench.core.text import capital, count, several, tr
from workbench.evaluation.classification import Classification
from workbench.evaluation.scored import SampleT, ScoredSet, ScoredSnapshot, evaluated, figures
from workbench.gui.results.compare import Comparison, FigureRow

_NAMES = {"accuracy": "Accuracy", "top5": "Top 5", "f1": "F1", "roc_auc": "ROC area",
          "map": "PR area"}


def classifier_comparison(
    shown: ScoredSnapshot[SampleT], other: ScoredSet[SampleT], name: str, *, noun: str,
    key_of: Callable[[SampleT], Hashable], did: str = "saw",
) -> Comparison:
    """Each figure of both runs at one threshold, then F1 of each class and what changed in it.

    Parameters
    ----------
    shown
        The run on the screen.
    other, name
        The run beside it.
    noun, key_of, did
        What a sample is called, what tells it from others, and what both runs did to it.
    """
    ours, theirs = shown.evaluation, evaluated(other, shown.evaluation.threshold)
    mine, its = figures(ours), figures(theirs)
    won, lost, common = _changes(shown, other, theirs, key_of)
    rows = [FigureRow(word, mine.get(key, nan), its.get(key, nan),
                  _words(won.total(), lost.total()) if key == "accuracy" else "")
             for key, word in _NAMES.items() if key != "top5" or key in mine]
    earlier = {item.name: item.f1 for item in theirs.per_class}
    rows += [FigureRow(f"F1 {item.name}", item.f1, earlier.get(item.name, nan),
                   _words(won[item.name], lost[item.name])) for item in ours.per_class]
    note = (tr("{run} beside {name}, on {count} that both {did}: "
               "{total:,} newly right, {total2:,} newly wrong.",
               run=shown.results.run, name=name, count=count(common, noun), did=did,
               total=won.total(), total2=lost.total()))
    tip = (tr("{samples} that are recognised now and were not, and those that were and "
              "are not any more", samples=capital(several(noun))))
    return Comparison(rows, note, capital(several(noun)), tip)


def _changes(
    shown: ScoredSnapshot[SampleT], other: ScoredSet[SampleT], theirs: Classification,
    key_of: Callable[[SampleT], Hashable],
) -> tuple[Counter[str], Counter[str], int]:
    """Samples of each class that became right, that became wrong, and how many were compared."""
    right = {key_of(item): bool(good) for item, good
             in zip(other.samples, theirs.predicted == theirs.truth, strict=True)}
    won: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    common = 0
    now = shown.evaluation.predicted == shown.evaluation.truth
    for item, good in zip(shown.results.samples, now, strict=True):
        before = right.get(key_of(item))
        if before is None:
            continue
        common += 1
        won[item.label] += bool(good) and not before
        lost[item.label] += before and not bool(good)
    return won, lost, common


def _words(won: int, lost: int) -> str:
    return " ".join(text for text in (f"+{won}" if won else "", f"−{lost}" if lost else "") if text)
