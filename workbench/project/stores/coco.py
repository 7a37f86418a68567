"""COCO: one or several JSON files for all images; see :mod:`workbench.project.stores.coco_sync`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import WorkbenchError
from workbench.extension.annotation_formats import annotation_formats
from workbench.formats.coco_entry import (
    CocoEntry,
    ImageEntry,
    Size,
    count_classes,
    new_texts,
    parse_entry,
)
from workbench.formats.json_text import JsonStyle, style_of
from workbench.project.stores.base import AnnotationStore, Summary
from workbench.project.stores.coco_parts import SyncOutcome
from workbench.project.stores.coco_sync import CocoSync
from workbench.project.stores.fitting import exactly, has_place
from workbench.project.stores.numbers import ClassNumbers, named_counts, numbers_in


class CocoStore(AnnotationStore):
    """``files`` are the COCO files, as posix paths in the project."""

    id = "coco"
    title = "COCO"

    def __init__(self, folder: Path, files: Sequence[str]) -> None:
        super().__init__(folder)
        self.holds = replace(annotation_formats.get(self.id).holds, of_sample=(), labels=False)
        self.sync = CocoSync(folder, files)
        self.files = self.sync.files
        self._take(self.sync.run_through() if not self.sync.exists else SyncOutcome())
        self.numbers: ClassNumbers = ClassNumbers(self.sync.classes)
        self._given: dict[Path, list[tuple[LabeledObject, int]]] = {}
        self._last: dict[Path, tuple[int, ...]] = {}
        self._images: dict[str, int] = {}
        self._samples: dict[str, JsonStyle] = {}

    @property
    def names(self) -> tuple[str, ...]:
        return self.numbers.names

    @property
    def meaning(self) -> str:
        return "\n".join(self.names)

    def bring_together(self) -> None:
        if self.sync.is_behind():
            self._take(self.sync.run_through(patience=0.0))
            with suppress(WorkbenchError):
                self.numbers.look()

    def write_out(self) -> None:
        self._take(self.sync.run_through())
        with suppress(WorkbenchError):
            self.numbers.look()

    def _take(self, outcome: SyncOutcome) -> None:
        self.problems = tuple(outcome.problems)

    def parse(self, data: bytes, path: Path, image: Path | None) -> CocoEntry:
        self.numbers.check()
        return parse_entry(data, self.names, self, path, partial(_size, image))

    def new(self, annotation: Annotation, image: Path, place: Path | None = None) -> bytes:
        key = (place or image).relative_to(self.folder).as_posix()
        file = self._file_of(key)
        if key not in self._images:
            self._images[key] = self.sync.known.next_id(file, "image")
        entry = ImageEntry(file, self._images[key], _size(image), ())
        assert entry.size is not None
        texts = new_texts(annotation.objects, entry, self.sync.entry_path(key), entry.size, self)
        return entry._replace(texts=tuple(texts)).render()

    def summarize(self, data: bytes) -> Summary:
        counts, difficult = count_classes(data)
        return Summary(Counter(counts), difficult=difficult)

    def named(self, classes: str) -> str:
        self.numbers.used |= numbers_in(classes)
        return named_counts(classes, self.names)

    def fitted(self, item: LabeledObject, before: LabeledObject | None) -> LabeledObject:
        return exactly(item, before, self.holds, self.title)

    def takes(self, kind: str) -> bool:
        return has_place(kind, self.holds)

    def may_hold(self, data: bytes, label: str) -> bool:
        return True  # numbers stand for the names

    def parts(self, keys: Iterable[str]) -> Mapping[str, str]:
        from workbench.formats.label_json import part_of

        part = {file: part_of(self.folder / file, self.folder) for file in self.sync.files}
        found = {row.key: part.get(row.file, "") for row in self.sync.known.images()}
        return {key: found[key] for key in keys if found.get(key)}

    # What the labels of an image ask for; see :class:`workbench.formats.coco_entry.Numbers`

    def number_of(self, name: str) -> int:
        return self.numbers.number(name)

    def ids_of(self, path: Path, file: str, items: Sequence[LabeledObject],
               taken: Collection[int]) -> list[int]:
        def current(number: int) -> int:
            return self.sync.renumbered.get((file, number), number)

        given = self._given.setdefault(path, [])
        known = {id(item): now for item, number in given if (now := current(number)) not in taken}
        used = {*taken, *(known[id(item)] for item in items if id(item) in known)}
        # one that was changed since is the one that is missing
        free = [now for number in self._last.get(path, ()) if (now := current(number)) not in used]
        found = []
        for item in items:
            if id(item) not in known:
                number = free.pop(0) if free else self.sync.known.free_id(file, "annotation", used)
                given.append((item, number))
                known[id(item)] = number
            found.append(known[id(item)])
        self._last[path] = tuple(found)
        return found

    def style_of(self, file: str) -> JsonStyle:
        if file not in self._samples:
            known = self.sync.known.files().get(file)
            if known is None:  # nothing gets an id in it either, which says why
                return JsonStyle()
            self._samples[file] = style_of(known.sample)
        return self._samples[file]

    def _file_of(self, key: str) -> str:
        """The file that a new image belongs to: that of most images of its folder, or of one that
        lies near, else that to learn from."""
        folders = self.sync.known.folders()
        folder = key.rpartition("/")[0]
        while folder and folder not in folders:
            folder = folder.rpartition("/")[0]
        counts = folders.get(folder, {})
        if not counts:
            part = self.sync.files[0] if self.sync.files else ""
            train = [name for name in self.sync.files if "train" in name.lower()]
            return train[0] if train else part
        return max(counts, key=lambda name: counts[name])


def _size(image: Path | None) -> Size:
    from workbench.media.images.header import read_image_info

    if image is None:
        raise WorkbenchError("neither the COCO file nor an image says how large it is")
    info = read_image_info(image)
    return info.width, info.height
