"""What differs between two people's labels, one by one, and what becomes of it once settled."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import Problem
from workbench.core.shapes import Region
from workbench.core.text import tr
from workbench.project.agreement import Agreement, ObjectPair, Objects, in_order
from workbench.project.labelled_by import Credit
from workbench.project.manifest import Manifest

OTHER_CLASS, ONLY_THERE, ONLY_HERE = "other-class-there", "only-there", "only-here"
LABELLED_THERE, CHANGED_THERE = "labelled-there", "changed-there"
NOTED_THERE = "noted-there"
"""Kinds of differences; the last three are about images that nobody has labelled here, those that
nobody has changed here since both people had the same, and those that both have changed, where
objects and classes are alike and only their exact places differ, or what is noted of them."""
OF_WHOLES = {OTHER_CLASS: "other-class-of-image", ONLY_THERE: "tag-there", ONLY_HERE: "tag-here",
             LABELLED_THERE: "class-there", CHANGED_THERE: "class-changed-there"}
"""What these kinds are called where images have classes as a whole."""


@dataclass(frozen=True, slots=True)
class Disagreement(Problem):
    """A pair that differs, as findings are listed and settled; or an image of which only the other
    person has labels."""

    pair: ObjectPair | None = None
    key: str = ""
    labels: Annotation | None = None
    own: Annotation | None = None
    """Of an image that only they changed: the labels here."""
    there: Manifest | None = field(default=None, compare=False, repr=False)
    """What the other project says of its classes."""

    credits: tuple[Credit, ...] = field(default=(), compare=False)
    """Who labelled it there."""

    @property
    def said(self) -> frozenset[str]:
        """The names of all attributes that it is about, as they are there."""
        items = self.labels.objects if self.labels is not None else \
            (self.pair.other,) if self.pair is not None and self.pair.other is not None else ()
        return frozenset((*(self.labels.attributes if self.labels is not None else ()),
                          *(name for item in items for name in item.attributes)))

    @property
    def subject(self) -> str:
        """The key of its image."""
        return self.pair.key if self.pair is not None else self.key

    @property
    def classes(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The classes that it is about, here and there."""
        if self.pair is None:
            here, there = (tuple(item.label for item in labels.objects) if labels else ()
                           for labels in (self.own, self.labels))
            return here, there
        own, other = self.pair.own, self.pair.other
        return (own.label,) if own else (), (other.label,) if other else ()


def differences(found: Agreement, project: Path, name: str) -> list[Disagreement]:
    """What differs, as findings about the images of ``project``.

    Parameters
    ----------
    name
        What the other labels are called in sentences.
    """
    settled = {*found.since.theirs, *found.since.ours} if found.since is not None else set()
    new = [Disagreement(str(project / key), LABELLED_THERE, _holds(labels, found.whole), "warning",
                        key=key, labels=labels) for key, labels in found.labelled_there.items()
           if key not in settled]
    changed = [] if found.since is None else [
        Disagreement(str(project / key), CHANGED_THERE, _change(own, labels, found.whole),
                     "warning", key=key, labels=labels, own=own)
        for key, (own, labels) in found.since.theirs.items()]
    of_objects = (_difference(pair, str(project / pair.key), name) for pair in found.pairs
                  if not pair.agrees and pair.key not in settled)
    told = [*changed, *_noted(found, project), *new, *of_objects]
    if found.whole:
        told = [replace(item, kind=OF_WHOLES[item.kind], reason=item.reason if item.pair is None
                        or item.kind == OTHER_CLASS else _tag(item.pair)) for item in told]
    return [replace(item, there=found.manifest, credits=found.credits.get(item.subject, ()))
            for item in told]


def _noted(found: Agreement, project: Path) -> Iterator[Disagreement]:
    if found.since is None or found.whole:
        return
    listed = {*found.labelled_there, *found.differing}
    for key, (own, labels) in found.since.both.items():
        if key in found.images and key not in listed:
            yield Disagreement(str(project / key), NOTED_THERE, _holds(labels, whole=False),
                               "warning", key=key, labels=labels, own=own)


def _tag(pair: ObjectPair) -> str:
    item = pair.own or pair.other
    return f"“{item.label}”" if item is not None else ""


def _holds(labels: Annotation, whole: bool) -> str:
    """ "2 cat, 1 dog", "1 “7”"; of classes of the whole image “cat”."""
    counts = labels.counts()
    if whole:
        return ", ".join(f"“{name}”" for name in counts)
    if not counts:
        return tr("Nothing is to be seen on it.") if not labels.objects else tr("No class.")
    return ", ".join(f"{number:,} “{name}”" if name[:1].isdigit() else f"{number:,} {name}"
                     for name, number in counts.items())


def _change(own: Annotation, labels: Annotation, whole: bool) -> str:
    """ "2 cat instead of 1 cat"."""
    here, there = _holds(own, whole), _holds(labels, whole)
    if not own.objects:
        return there
    if not labels.objects:
        return tr("{labels} removed.", labels=here)
    if here == there:
        return tr("{theirs}, as here; places differ, or what is noted.", theirs=there)
    return tr("{theirs} instead of {ours}.", theirs=there, ours=here)


def _difference(pair: ObjectPair, path: str, name: str) -> Disagreement:
    own, other = pair.own, pair.other
    if own is not None and other is not None:
        reason = tr("“{own}” here, “{other}” in {name}.", own=own.label, other=other.label,
                    name=name)
        return Disagreement(path, OTHER_CLASS, reason, "warning", pair=pair)
    item, kind = (own, ONLY_HERE) if own is not None else (other, ONLY_THERE)
    assert item is not None
    if isinstance(item.shape, Region):
        start, end = item.shape.start, item.shape.end
        reason = tr("“{label}”, {start:.2f} to {end:.2f} s.", label=item.label, start=start,
                    end=end)
        return Disagreement(path, kind, reason, "warning", pair=pair)
    x1, y1, x2, y2 = map(round, item.box)
    reason = tr("{label}, {wide} × {high} at {x}, {y}.", label=item.label, wide=x2 - x1,
                high=y2 - y1, x=x1, y=y1)
    return Disagreement(path, kind, reason, "warning", pair=pair)


def settled(objects: Objects, pairs: Iterable[ObjectPair]) -> Objects:
    """``objects`` of an image with the other person's view of ``pairs``: their class, what only
    they have, and nothing where they have none."""
    result: list[LabeledObject | None] = list(objects)
    added: list[LabeledObject] = []
    for pair in pairs:
        if pair.own is None:
            if pair.other is not None and _place_of(pair.other, objects) is None:
                added.append(replace(pair.other, source=None))
            continue
        at = _place_of(pair.own, result)
        item = result[at] if at is not None else None
        if at is not None and item is not None:  # else it was changed since
            result[at] = None if pair.other is None else item.with_label(pair.other.label)
    return (*(item for item in result if item is not None), *added)


def _place_of(wanted: LabeledObject, items: Iterable[LabeledObject | None]) -> int | None:
    """Where among ``items`` the object is; what is noted of it may be something else by now."""
    return next((at for at, item in enumerate(items) if item is not None and (
        item.label, item.in_order().shape) == (wanted.label, wanted.shape)), None)


def with_settled(found: Agreement, done: Collection[Disagreement]) -> Agreement:
    """What a comparison would find after these were settled as the other person has it."""
    pairs = {item.pair: item for item in done if item.pair is not None}
    wholly = {item.key: item.labels for item in done
              if item.pair is None and item.labels is not None}
    after = [_settled_pair(pair) if pair in pairs else pair
             for pair in found.pairs if pair.key not in wholly]
    for key, labels in wholly.items():
        after += [ObjectPair(key, item, item, 1.0) for item in in_order(labels)]
    new = [key for key in wholly if key not in found.images]
    return replace(
        found, images=[*found.images, *new],
        pairs=[pair for pair in after if pair.own is not None or pair.other is not None],
        only_other=max(0, found.only_other - len(new)))


def _settled_pair(pair: ObjectPair) -> ObjectPair:
    if pair.own is None or pair.other is None:
        return replace(pair, own=pair.other, overlap=1.0)
    return replace(pair, own=pair.own.with_label(pair.other.label))
