"""Pascal VOC: one XML file for each image."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from workbench.core.annotation import Annotation
from workbench.extension.holds import VOC
from workbench.project.stores.base import AnnotationStore, LabelFile, Summary


class VocStore(AnnotationStore):
    """``convention`` says what the numbers in the files mean ("as-is", "voc-1-based")."""

    id = "voc"
    title = "Pascal VOC"
    holds = VOC

    def __init__(self, folder: Path, convention: str = "as-is") -> None:
        super().__init__(folder)
        self.convention = convention

    @property
    def meaning(self) -> str:
        return self.convention if self.convention != "as-is" else ""

    def parse(self, data: bytes, path: Path, image: Path | None) -> LabelFile:
        from workbench.formats.voc import VocConvention, parse_voc

        return parse_voc(data, VocConvention(self.convention), path)

    def new(self, annotation: Annotation, image: Path, place: Path | None = None) -> bytes:
        from workbench.formats.voc import VocConvention, new_voc
        from workbench.media.images.header import read_image_info

        info = read_image_info(image)
        annotation = replace(annotation, size=(info.width, info.height))
        return new_voc(annotation, image_path=image, depth=info.depth,
                       convention=VocConvention(self.convention))

    def summarize(self, data: bytes) -> Summary:
        from workbench.formats.voc import summarize_voc

        return Summary(*summarize_voc(data))

    def may_hold(self, data: bytes, label: str) -> bool:
        return b"&" in data or b"\0" in data or super().may_hold(data, label)
