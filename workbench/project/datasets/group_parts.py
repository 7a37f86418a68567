"""Putting whole groups into parts: by chance, or so that each class is in every part where it can
be."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import combinations

_MOST_PASSES, _MOST_PLACED = 20, 10_000  # over all groups; and groups placed anew in all of them
_SWAPPED = 80  # groups at most of which pairs change places, too
_SIZE = 3.0  # what the number of samples weighs, a class being 1
_EMPTY = {"train": 300.0, "val": 200.0, "test": 100.0}  # what a part without a sample costs
_LACKING = {"train": 4.0, "val": 0.9, "test": 1.0}  # and one without a class
_NONE_WANTED = 10.0

Kinds = Mapping[str, Collection[str]]
"""The classes of each sample, by its key; none of a sample on which nothing is."""


def split_groups_by_class(groups: Sequence[Sequence[str]], kinds: Kinds,
                          ratios: Mapping[str, float]) -> dict[str, list[str]]:
    """The members of each part; every group is in one of them.

    The largest groups are placed first, each where it is missed most; then single ones move, and
    pairs of few change places, while that helps.

    Parameters
    ----------
    groups
        The keys of each, in an order that decides between equals.
    ratios
        Wanted share of the samples, by part.
    """
    made = _Parts([_Group(keys, kinds) for keys in groups], ratios)
    for at in sorted(range(len(groups)), key=lambda at: -len(groups[at])):
        made.place(at)
    for _ in range(min(_MOST_PASSES, 1 + _MOST_PLACED // max(1, len(groups)))):
        moved = [made.place(at) for at in range(len(groups))]
        pairs = combinations(range(len(groups)), 2) if len(groups) <= _SWAPPED else ()
        swapped = [made.swap(*pair) for pair in pairs]
        if not any((*moved, *swapped)):
            break
    return {part: [key for at, of in enumerate(made.part_of) if of == part for key in groups[at]]
            for part in ratios}


def only_in_one(groups: Mapping[str, str], kinds: Kinds) -> dict[str, str]:
    """The classes that are in one group alone, and that group's name."""
    where: dict[str, set[str]] = {}
    for key, names in kinds.items():
        for name in names:
            where.setdefault(name, set()).add(groups.get(key, f"\0{key}"))
    return {name: next(iter(found)).removeprefix("\0") for name, found in where.items()
            if len(found) == 1}


class _Group:
    """How many samples a group has, and of each class; samples with nothing on them are a class."""

    def __init__(self, keys: Sequence[str], kinds: Kinds) -> None:
        self.size = len(keys)
        self.counts = Counter(name for key in keys for name in set(kinds.get(key) or ("",)))


class _Parts:
    """Which part each group is in, and what is wrong with that."""

    def __init__(self, groups: Sequence[_Group], ratios: Mapping[str, float]) -> None:
        self.part_of = [""] * len(groups)
        self._groups, self._ratios = groups, ratios
        self._total = sum((group.counts for group in groups), Counter[str]())
        self._number = Counter(name for group in groups for name in group.counts)
        self._all = sum(group.size for group in groups)
        self._size = dict.fromkeys(ratios, 0)
        self._have: dict[str, Counter[str]] = {part: Counter() for part in ratios}

    def place(self, at: int) -> bool:
        """Put a group where it does most good; whether that is another part."""
        before = self.part_of[at]
        if before:
            self._move(at, "")
        costs = {part: self._cost_in(at, part) for part in self._ratios}
        best = min(costs, key=lambda part: (round(costs[part], 9), part != before))
        self._move(at, best)
        return best != before

    def swap(self, one: int, other: int) -> bool:
        """Let two groups change places where that does good; whether it did."""
        first, second = self.part_of[one], self.part_of[other]
        if first == second:
            return False
        names = {*self._groups[one].counts, *self._groups[other].counts}
        before = self._cost(names)
        self._exchange(one, second, other, first)
        if self._cost(names) < before - 1e-9:
            return True
        self._exchange(one, first, other, second)
        return False

    def _exchange(self, one: int, first: str, other: int, second: str) -> None:
        for at in (one, other):
            self._move(at, "")
        self._move(one, first)
        self._move(other, second)

    def _move(self, at: int, part: str) -> None:
        group, before = self._groups[at], self.part_of[at]
        if before:
            self._size[before] -= group.size
            self._have[before].subtract(group.counts)
        if part:
            self._size[part] += group.size
            self._have[part].update(group.counts)
        self.part_of[at] = part

    def _cost_in(self, at: int, part: str) -> float:
        """What is wrong with a group in a part, as far as that depends on it."""
        self._move(at, part)
        cost = self._cost(self._groups[at].counts)
        self._move(at, "")
        return cost

    def _cost(self, names: Collection[str]) -> float:
        cost = _SIZE * self._uneven(self._size, self._all)
        cost += sum(_EMPTY[part] for part, ratio in self._ratios.items()
                    if ratio and not self._size[part])
        for name in names:
            have = {part: self._have[part][name] for part in self._ratios}
            cost += self._uneven(have, self._total[name])
            if name:
                cost += sum(_LACKING[part] for part, number in have.items() if not number
                            and self._ratios[part] and (self._number[name] > 1 or part == "train"))
        return cost

    def _uneven(self, have: Mapping[str, int], total: int) -> float:
        """How far from what is wanted the shares are."""
        return sum((have[part] / total - ratio) ** 2 / ratio if ratio
                   else _NONE_WANTED * have[part] / total for part, ratio in self._ratios.items())


# By chance


def wanted_sizes(total: int, ratios: tuple[float, float, float]) -> dict[str, int]:
    """Number of images for each part; a small project holds back one, then two."""
    val = max(int(total * ratios[1] + 0.5), 1) if ratios[1] > 0 and total >= 2 else 0
    test = max(int(total * ratios[2] + 0.5), 1) if ratios[2] > 0 and total >= 4 else 0
    return {"train": total - val - test, "val": val, "test": test}


def clusters_of(keys: Sequence[str], groups: Mapping[str, str], seed: int) -> list[list[str]]:
    """Keys by group, in an order that depends on the seed and the group's name alone."""
    found: dict[tuple[str, str], list[str]] = {}
    for key in keys:
        name = ("group", groups[key]) if key in groups else ("key", key)
        found.setdefault(name, []).append(key)
    return [found[name] for name in sorted(found, key=lambda name: _rank(seed, *name))]


def _rank(seed: int, kind: str, name: str) -> bytes:
    text = f"{seed}\0{kind}\0{name}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).digest()


def fill_part(part: list[str], clusters: list[list[str]], wanted: int,
              spare: int) -> list[list[str]]:
    """Move clusters into ``part`` until it has what it should; ``spare`` stay at least."""
    left: list[list[str]] = []
    for number, cluster in enumerate(clusters):
        enough = len(clusters) - number + len(left) > spare
        if len(part) < wanted and len(part) + len(cluster) <= 1.5 * wanted and enough:
            part.extend(cluster)
        else:
            left.append(cluster)
    if wanted and not part and len(left) > spare:
        smallest = min(left, key=len)
        left.remove(smallest)
        part.extend(smallest)
    return left


def neediest_part(parts: Mapping[str, Sequence[str]], wanted: Mapping[str, int]) -> str:
    return max(wanted, key=lambda part: wanted[part] - len(parts[part]))
