"""YOLO: one text file for each image, and ``data.yaml`` or ``classes.txt`` for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.text import several
from workbench.extension.holds import BOX, POLYGON, ROTATED, Holds
from workbench.project.stores.base import AnnotationStore, LabelFile, Summary
from workbench.project.stores.chosen import BOXES, OUTLINES, ROTATED_BOXES
from workbench.project.stores.fitting import exactly, has_place
from workbench.project.stores.numbers import ClassNumbers, named_counts, numbers_in
from workbench.project.suggestion import MADE_BY, SCORE

SHAPES = {BOXES: BOX, OUTLINES: POLYGON, ROTATED_BOXES: ROTATED}
_ANY_SIZE = (1000, 1000)


class YoloStore(AnnotationStore):
    """``shapes`` says what objects are: see :data:`SHAPES`."""

    id = "yolo"
    title = "YOLO"

    def __init__(self, folder: Path, names_path: Path, shapes: str) -> None:
        super().__init__(folder)
        self.holds = Holds((SHAPES.get(shapes, BOX),), splits=True)
        self.numbers: ClassNumbers = ClassNumbers(names_path)

    @property
    def names(self) -> tuple[str, ...]:
        return self.numbers.names

    @property
    def meaning(self) -> str:
        return "\n".join(self.names)

    def parse(self, data: bytes, path: Path, image: Path | None) -> LabelFile:
        from workbench.formats.yolo_rows import parse_yolo
        from workbench.media.images.header import read_image_info

        self.numbers.check()
        size = _ANY_SIZE
        if image is not None:
            info = read_image_info(image)
            size = (info.width, info.height)
        return parse_yolo(data, self.names, self.numbers.number, size, path,
                          rotated=self.holds.shapes[0] == ROTATED,
                          boxes=self.holds.shapes[0] == BOX)

    def new(self, annotation: Annotation, image: Path, place: Path | None = None) -> bytes:
        from workbench.formats.yolo_rows import new_yolo
        from workbench.media.images.header import read_image_info

        info = read_image_info(image)
        return new_yolo(annotation, (info.width, info.height), self.numbers.number)

    def summarize(self, data: bytes) -> Summary:
        from workbench.formats.yolo_rows import count_rows

        return Summary(Counter({str(key): value for key, value in count_rows(data).items()}))

    def named(self, classes: str) -> str:
        self.numbers.used |= numbers_in(classes)
        return named_counts(classes, self.names)

    def fitted(self, item: LabeledObject, before: LabeledObject | None) -> LabeledObject:
        if MADE_BY in item.attributes:  # a suggestion that was accepted is a label like any other
            item = replace(item, attributes={name: value for name, value in item.attributes.items()
                                             if name not in (MADE_BY, SCORE)})
        return exactly(item, before, self.holds, self.title,
                       f"{self.title} with {several(self.holds.shapes[0])}")

    def takes(self, kind: str) -> bool:
        return has_place(kind, self.holds)

    def may_hold(self, data: bytes, label: str) -> bool:
        return True  # numbers stand for the names

    def is_label_file(self, name: str) -> bool:
        from workbench.formats.class_file import is_label_name

        return is_label_name(name)

    def parts(self, keys: Iterable[str]) -> Mapping[str, str]:
        from workbench.formats.scratch import scratch_folder
        from workbench.formats.yolo import parts_of
        from workbench.project.imports.label_source import FolderSource

        with scratch_folder("workbench-look-") as scratch:
            source = FolderSource(self.folder, scratch, follow=True)
            found = parts_of(source, self.numbers.path)
        of_key = {source.key(path): part for path, part in found.items()}
        return {key: of_key[key] for key in keys if key in of_key}
