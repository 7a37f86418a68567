"""What several models found in the same file: what all of them did, and what only one did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from workbench.core.arrays import BoolArray
from workbench.core.class_maps import overlap_of_pixels
from workbench.core.text import tr
from workbench.extension.predictions import FoundThing, PredictionDisplay

LEAST_OVERLAP = 0.5
"""Intersection over union from which on two boxes or areas of a class are the same thing."""

_Place = Sequence[float] | BoolArray | None

Finders = tuple[int, ...]
"""The places of the models that found a thing, in their order."""


def found_by(things: Sequence[Sequence[FoundThing]]) -> Counter[Finders]:
    """How many things which models found; ``things`` are those of each, the surest first. A thing
    of a class is the one of another model, free yet, that overlaps it most."""
    seen: dict[str, list[tuple[_Place, list[int]]]] = {}
    for model, those in enumerate(things):
        for name, place in those:
            alike = seen.setdefault(name, [])
            share, finders = max(((_overlap(place, other), finders) for other, finders in alike
                                  if model not in finders), key=lambda pair: pair[0],
                                 default=(0.0, []))
            if share >= LEAST_OVERLAP:
                finders.append(model)
            else:
                alike.append((place, [model]))
    return Counter(tuple(finders) for alike in seen.values() for _, finders in alike)


def _overlap(one: _Place, other: _Place) -> float:
    if one is None or other is None:
        return 1.0
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return overlap_of_pixels(one, other)
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return width * height / (areas - width * height)


def agreement(display: PredictionDisplay, answers: Sequence[Mapping[str, Any]]) -> Counter[Finders]:
    """:func:`found_by` of answers on one file as they are shown; of models that say one thing about
    a file, 1 for all of them where they say the same, else for ()."""
    if display.things is None:
        return Counter()
    found = found_by([display.things(answer) for answer in answers])
    if not display.whole:
        return found
    same = found.keys() <= {tuple(range(len(answers)))}
    return Counter([tuple(range(len(answers))) if same else ()])


def agreement_text(found: Mapping[Finders, int], titles: Sequence[str], whole: bool) -> str:
    """ "Both: 12. Only A: 3. Only B: 1." """
    everyone = found.get(tuple(range(len(titles))), 0)
    if whole:
        return tr("The same: {same:,}. Different: {different:,}.", same=everyone,
                  different=found.get((), 0))
    parts = [tr("Both: {number:,}.", number=everyone) if len(titles) == 2 else
             tr("All: {number:,}.", number=everyone)]
    if len(titles) > 2:
        parts.append(tr("Two of them: {number:,}.", number=sum(
            number for finders, number in found.items() if len(finders) == 2)))
    parts += [tr("Only {model}: {number:,}.", model=title, number=found.get((place,), 0))
              for place, title in enumerate(titles)]
    return " ".join(parts)
