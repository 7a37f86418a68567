"""What two copies of a project have in common: how labels were whenever a copy was handed over.

Each copy remembers a short digest of the labels of each sample, one for each time that it was
handed over, and gives all of them along. So a copy that comes back tells what only the other person
changed (they have once had what is here), what only was changed here, and what both changed.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from workbench.core.annotation import Annotation
from workbench.core.background import Cancelled
from workbench.core.errors import WorkbenchError
from workbench.core.plain import fitted, parse_json
from workbench.formats.atomic import write_atomic
from workbench.formats.locks import folder_lock
from workbench.formats.regular_file import MB, read_regular
from workbench.project.cache import cache_folder, cache_place
from workbench.project.layout import STATE_FOLDER

FILE = f"{STATE_FOLDER}/handed-over.json"
"""Where it is kept, as a posix path in the project; it goes along in the ZIP file."""
NOTHING = ""
"""Stands for a sample without labels."""
_BEFORE = (NOTHING,)  # what a sample was that nobody had labelled when it was handed over
_LIMIT = 500 * MB
_FRACTION = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What one copy remembers."""

    lineage: str
    """The same of all copies that were made of one project."""
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The digests of each sample's labels, by its key, as they were and as they came."""
    meant_for: str = ""
    """Whom this copy was made for, where the samples were divided among people with names."""

    def with_now(self, now: Mapping[str, str]) -> HandedOver:
        """With the digests of the labels as they are now, of the samples that are in this copy."""
        known = dict(self.known)
        for key, digest in now.items():
            before = known.get(key, _BEFORE if self.known or not digest else ())
            if digest not in before:
                known[key] = (*before, digest)
        return replace(self, known=known)

    def has_had(self, key: str, digest: str) -> bool:
        """Whether the labels of a sample were once these."""
        return digest in self.known.get(key, _BEFORE)

    def render(self) -> bytes:
        """The file's bytes."""
        data = {"version": 1, "lineage": self.lineage, "for": self.meant_for,
                "labels": {key: list(digests) for key, digests in sorted(self.known.items())}}
        return (json.dumps(data, ensure_ascii=False, indent=0) + "\n").encode(
            "utf-8", "surrogateescape")


def digest(labels: Annotation | None, *, whole: bool = False) -> str:
    """A few letters that are others once labels are; NOTHING for none at all.

    The order of objects does not count, and neither do fractions below a hundredth, as files round
    them. Of samples with classes as a ``whole`` only these count.
    """
    if labels is None:
        return NOTHING
    objects = sorted(item.label if whole else _FRACTION.sub(
        lambda found: f"{float(found[0]) + 0.0:.2f}",
        f"{item.label!r} {item.in_order().shape!r} {sorted(item.attributes.items())}")
        for item in labels.objects)
    said = "" if whole else f"{labels.verified} {sorted(labels.attributes.items())}"
    text = "\n".join((*objects, said)).encode("utf-8", "replace")
    return hashlib.blake2b(text, digest_size=6).hexdigest()


@dataclass(slots=True)
class Common:
    """Two copies of one project, ours and another, and who changed what since both had the same."""

    own: HandedOver
    other: HandedOver
    theirs: dict[str, tuple[Annotation, Annotation]] = field(default_factory=dict)
    """Labels here and there of samples that only they changed, by their keys here."""
    ours: list[str] = field(default_factory=list)
    """Samples that only we changed."""
    both: dict[str, tuple[Annotation, Annotation]] = field(default_factory=dict)
    """Those that both changed, as :attr:`theirs`."""
    digests: dict[str, str] = field(default_factory=dict)
    """Of all that differ, the digest of the labels there."""

    @classmethod
    def of(cls, own: Path, other: Path) -> Common | None:
        """None where they are no copies of one project, or nobody knows."""
        here, there = read_handed_over(own), _read(other / FILE)
        if here is None or there is None or here.lineage != there.lineage:
            return None
        return cls(here, there)

    def sort_in(self, keys: tuple[str, str], labels: tuple[Annotation | None, Annotation | None],
                *, whole: bool) -> None:
        """Note who changed a sample, of its keys and its labels here and there."""
        mine, theirs = (digest(item, whole=whole) for item in labels)
        if mine == theirs:
            return
        key, there = keys
        self.digests[key] = theirs
        if there not in self.other.known:
            there = key  # labels alone are called after their own files
        ahead, behind = self.other.has_had(there, mine), self.own.has_had(key, theirs)
        if behind and not ahead:
            self.ours.append(key)
        else:
            changed = self.theirs if ahead and not behind else self.both
            changed[key] = (labels[0] or Annotation(), labels[1] or Annotation())


def read_handed_over(folder: Path) -> HandedOver | None:
    """What the project in ``folder`` remembers; None where it was never handed over, or that cannot
    be read."""
    return _read(cache_place(folder) / Path(FILE).name)


def _read(path: Path) -> HandedOver | None:
    try:
        data = parse_json(read_regular(path, _LIMIT))
        known = fitted(data["labels"], dict[str, list[str]])
        return HandedOver(fitted(data["lineage"], str),
                          {key: tuple(digests) for key, digests in known.items()},
                          fitted(data.get("for", ""), str))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def remember_handed_over(folder: Path, cancelled: Callable[[], bool] = lambda: False) -> HandedOver:
    """Remember how the labels of the project are now, and return all that is remembered.

    Raises
    ------
    WorkbenchError
        If the disk refuses.
    Cancelled
        If it is not wanted any more; nothing was written.
    """
    now = _labels_now(folder, cancelled)
    place = cache_folder(folder)
    with folder_lock(place):
        before = read_handed_over(folder)
        after = (before or HandedOver(uuid.uuid4().hex[:16])).with_now(now)
        if before is None or after.known != before.known:
            write_atomic(place / Path(FILE).name, after.render())
    return after


def note_taken(folder: Path, taken: Mapping[str, str], back: Mapping[str, str]) -> None:
    """Remember that the labels of samples came from another copy, by their digests there, and
    forget that others did, which was taken back; raises WorkbenchError where the disk refuses."""
    place = cache_folder(folder)
    with folder_lock(place):
        before = read_handed_over(folder)
        if before is None:
            return
        known = dict(before.known)
        for key, found in taken.items():
            if not before.has_had(key, found):
                known[key] = (*known.get(key, _BEFORE), found)
        for key, found in back.items():
            known[key] = tuple(one for one in known.get(key, _BEFORE) if one != found)
        if known != before.known:
            write_atomic(place / Path(FILE).name, replace(before, known=known).render())


def _labels_now(folder: Path, cancelled: Callable[[], bool]) -> dict[str, str]:
    from workbench.project.agreement_files import labels_of_project

    def check() -> None:
        if cancelled():
            raise Cancelled

    own = labels_of_project(folder, check)
    found = dict.fromkeys(own.keys, NOTHING)
    for key in own.labelled:
        check()
        try:
            found[key] = digest(own.labels(key), whole=own.whole)
        except WorkbenchError:  # told where it is compared
            del found[key]
    return found
