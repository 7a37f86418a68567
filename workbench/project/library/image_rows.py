"""The images of a project in order, with a summary of each one's annotation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.annotation import Annotation
from workbench.core.errors import Problem
from workbench.core.signal import Signal
from workbench.project.layout import Layout, Placement
from workbench.project.library.catalog import SampleCatalog
from workbench.project.library.scan import Unread, sort_naturally

if TYPE_CHECKING:
    from workbench.project.stores.base import AnnotationStore

_ONE_BY_ONE = 16  # more changes than this are announced as one

VERIFIED, DIFFICULT, TRUNCATED = 1, 2, 4
"""Bits of an annotation's marks: it is verified, an object is difficult, one is truncated."""


def pack_marks(verified: bool, difficult: bool, truncated: bool) -> int:
    return VERIFIED * verified + DIFFICULT * difficult + TRUNCATED * truncated


@dataclass(frozen=True, slots=True)
class ImageSummary:
    """What the list shows about one image."""

    boxes: int = 0
    """Number of objects."""
    classes: Mapping[str, int] = field(default_factory=dict)
    """Number of objects by class name."""
    verified: bool = False
    """Whether a person marked the image as checked."""
    problem: str | None = None
    """Why its annotation cannot be used, as one sentence, or None."""
    labelled: bool = True
    """Whether there is an annotation file; one without objects says that nothing is there."""
    difficult: bool = False
    truncated: bool = False
    """Whether an object is marked so."""

    @classmethod
    def of(cls, annotation: Annotation, labelled: bool = True) -> ImageSummary:
        counts = annotation.counts()
        return cls(
            counts.total(), dict(counts), annotation.verified, None, labelled,
            any(item.difficult for item in annotation.objects),
            any(item.truncated for item in annotation.objects),
        )

    def pack(self) -> Packed:
        text = json.dumps(self.classes, ensure_ascii=False) if self.classes else "{}"
        marks = pack_marks(self.verified, self.difficult, self.truncated)
        return text, marks, self.problem, self.labelled


Packed = tuple[str, int, str | None, bool]
"""Classes as JSON, marks, problem, labelled.

A summary as it is kept: tuples of plain values are left alone by the garbage collector, which
would stop the window for a tenth of a second to walk over 100,000 objects.
"""


@lru_cache(maxsize=2048)
def unpack(packed: Packed) -> ImageSummary:
    text, marks, problem, labelled = packed
    classes = json.loads(text)
    return ImageSummary(
        sum(classes.values()), classes, bool(marks & VERIFIED), problem, labelled,
        bool(marks & DIFFICULT), bool(marks & TRUNCATED),
    )


UNLABELLED = ImageSummary(labelled=False)


class ImageRows(SampleCatalog[Packed]):
    """The images that were found so far, and what is known of each; for the owner's thread."""

    def __init__(self, folder: Path, layout: Layout, store: AnnotationStore) -> None:
        super().__init__()
        self.store = store
        self.folder = folder
        self.layout = layout
        self.summarizing = True
        self.sharing_known = False
        self.unread = Unread()
        """Files of which images can be made; known when it is :attr:`finished`."""
        self.appended: Signal[int, int] = Signal()
        """(first, last) new rows at the end, both included."""
        self.summarized: Signal[()] = Signal()
        """Every annotation file was looked at."""
        self.problem_found: Signal[Problem] = Signal()
        """A folder or file that cannot be used, or two images with one annotation file."""
        self.problem_gone: Signal[str, str] = Signal()
        """(path, kind) of one that was found earlier and holds no more."""
        self.folder_is_there: Callable[[], bool] = lambda: True
        self.folder_seen: Signal[bool] = Signal()
        """(whether it is there) the folder was looked for again; one that is not changes no
        rows."""
        self._placement = Placement(folder, layout)
        self._live: dict[str, int] = {}  # what is ahead of the disk, with the number of its edit
        self._edits = 0
        self._shared: dict[str, tuple[str, ...]] = {}
        self._verified = 0
        self._labelled = 0
        self._unreadable = 0

    # Rows

    def path(self, key: str) -> Path:
        return self._placement.path(key)

    def annotation_path(self, key: str) -> Path:
        """Where the annotation of ``key`` is, or would be."""
        return self._placement.annotation_path(key)

    def key_of(self, path: Path) -> str | None:
        """The image at ``path``, or that it annotates; None for another file."""
        try:
            name = path.relative_to(self.folder).as_posix()
        except ValueError:
            return None
        if name in self:
            return name
        for key in self:
            stem = key.rpartition("/")[2].rpartition(".")[0]
            if (stem in path.name or not stem.isascii()) and self.annotation_path(key) == path:
                return key
        return None

    def annotation_key(self, key: str) -> str:
        """As :meth:`annotation_path`, as posix path relative to the project folder."""
        return self._placement.annotation(key)

    def own_labels(self, keys: Iterable[str]) -> list[Path]:
        """The label files, or where they would be, that are about these images alone."""
        chosen = set(keys)
        return [self.annotation_path(key) for key in keys if not set(self.sharing(key)) - chosen
                and self.store.is_label_file(self.annotation_key(key))]

    def sharing(self, key: str) -> tuple[str, ...]:
        """All images that have one annotation file with ``key``, itself included; mostly empty."""
        return self._shared.get(key, ())

    # Summaries

    def summary(self, key: str) -> ImageSummary | None:
        """Summary of ``key``, or None where it is not known yet."""
        found = self._summaries.get(key)
        if found is None:
            return None if self.summarizing else UNLABELLED
        return unpack(found)

    def verified_count(self) -> int:
        return self._verified

    def labelled_count(self) -> int:
        """Number of images that have a readable annotation file."""
        return self._labelled

    def unlabelled_count(self) -> int:
        """Number of images without an annotation file, also of those not looked at yet."""
        return len(self._keys) - self._labelled - self._unreadable

    def keys_with(self, name: str) -> list[str]:
        """Images that may have objects of class ``name``: all that are not known to have none."""
        if self.summarizing:
            return list(self._keys)
        quoted = json.dumps(name, ensure_ascii=False) + ":"
        return [key for key, (classes, _, problem, labelled) in self._summaries.items()
                if quoted in classes or (problem is not None and labelled)]

    def set_summary(self, key: str, summary: ImageSummary) -> None:
        """Say what a person's edit made of ``key``; from now on the disk does not know better."""
        self._edits += 1
        self._live[key] = self._edits
        self._store(key, summary.pack())
        self.summary_changed.emit(key)

    def rename_class(self, old: str, new: str) -> None:
        """Class ``old`` is called ``new`` in all labels, whose files stay as they are."""
        quoted = json.dumps(old, ensure_ascii=False) + ":"
        renamed: dict[Packed, Packed] = {}
        for key, packed in list(self._summaries.items()):
            if quoted in packed[0]:
                if packed not in renamed:
                    counts = {new if name == old else name: many
                              for name, many in json.loads(packed[0]).items()}
                    renamed[packed] = (json.dumps(counts, ensure_ascii=False), *packed[1:])
                self._summaries[key] = renamed[packed]
        if self._counts[old]:
            self._counts[new] += self._counts.pop(old)
        self.summary_changed.emit("")

    # What the background thread found

    def append_rows(self, keys: list[str]) -> None:
        first = len(self._keys)
        self._keys.extend(keys)
        if keys:
            self.appended.emit(first, len(self._keys) - 1)

    def set_rows(self, keys: list[str], gone: list[str]) -> None:
        """The final rows; the very list that is here already says that nothing changed."""
        self._sorted = True
        if keys is not self._keys:
            self._keys = keys
            for key in gone:
                self._store(key, None)
                self._live.pop(key, None)
            self.reset.emit()
        self.scanning = False
        self.finished.emit()

    def set_unread(self, unread: Unread) -> None:
        self.unread = unread

    def abort_scan(self) -> None:
        """Looking ended early: what is here is all there will be."""
        if self.scanning:
            self.set_rows(sort_naturally(self._keys), [])
        self.finish_scan()

    def set_shared(self, shared: dict[str, tuple[str, ...]]) -> None:
        self._shared = shared
        self.sharing_known = True

    def set_summaries(self, batch: list[tuple[str, Packed | None]]) -> None:
        changed = [
            key for key, packed in batch
            if key not in self._live and self._store(key, packed)
        ]
        if len(changed) > _ONE_BY_ONE:
            self.summary_changed.emit("")
        else:
            for key in changed:
                self.summary_changed.emit(key)

    def set_saved(self, batch: list[tuple[str, Packed | None]], edits: dict[str, int]) -> None:
        """What was read of saved files; ``edits`` says after which edit of each."""
        for key, edit in edits.items():
            if self._live.get(key) == edit:
                del self._live[key]
        self.set_summaries(batch)

    def finish_scan(self) -> None:
        first, self.summarizing = self.summarizing, False
        if first:  # later looks announce what is another
            self.summary_changed.emit("")
        self.summarized.emit()

    def classes_of(self, summary: Packed) -> Iterable[tuple[str, int]]:
        return _class_items(summary[0])

    def _count(self, summary: Packed, sign: int) -> None:
        super()._count(summary, sign)
        _, marks, problem, labelled = summary
        self._verified += sign * (marks & VERIFIED)
        self._labelled += sign * (labelled and problem is None)
        self._unreadable += sign * (labelled and problem is not None)


@lru_cache(maxsize=2048)
def _class_items(classes: str) -> tuple[tuple[str, int], ...]:
    return tuple(json.loads(classes).items())
