"""Data sets of whole images with labels, as others publish them."""

from dataclasses import replace

from workbench.extension.annotation_formats import AnnotationFormat, Pixels
from workbench.extension.holds import NUMBER, PLACED, WITHIN, Holds

_LABELS = Holds((), labels=True, of_sample=(NUMBER,), splits=True)
_SINGLE = Holds((), labels=True, single=True, splits=True, empty=False)
_FOLDERS = replace(_SINGLE, files=PLACED)
_IDX = replace(_SINGLE, files=WITHIN, pixels=Pixels(grey=True))
_CIFAR = replace(_SINGLE, files=WITHIN, val=False, pixels=Pixels(32))


def _format(id: str, title: str, module: str, holds: Holds, write: str, *,
            reads: bool = True) -> AnnotationFormat:
    module = f"workbench.tasks.image_classification.formats.{module}"
    return AnnotationFormat(id, title, "images", f"{module}:sniff" if reads else "",
                            f"{module}:read" if reads else "", f"{module}:{write}", holds=holds)


FORMATS = (
    _format("folders", "Folders for classes", "folders", _FOLDERS, "write", reads=False),
    _format("labels-table", "Table of labels (CSV)", "table", _LABELS, "write"),
    _format("labels-tsv", "Table of labels (TSV)", "table", _LABELS, "write_tsv", reads=False),
    _format("idx", "MNIST (IDX)", "idx", _IDX, "write"),
    _format("idx-gz", "MNIST (IDX, gzipped)", "idx", _IDX, "write_packed", reads=False),
    _format("cifar", "CIFAR-10 (binary)", "cifar", _CIFAR, "write_10"),
    _format("cifar-100", "CIFAR-100 (binary)", "cifar", _CIFAR, "write_100", reads=False),
)
