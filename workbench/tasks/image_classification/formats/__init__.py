"""Data sets of whole images with labels, as others publish them; they are read, not written."""

from workbench.extension.annotation_formats import AnnotationFormat
from workbench.extension.holds import Holds


def _format(id: str, title: str, module: str) -> AnnotationFormat:
    module = f"workbench.tasks.image_classification.formats.{module}"
    return AnnotationFormat(id, title, "images", f"{module}:sniff", f"{module}:read",
                            holds=Holds((), labels=True, splits=True))


FORMATS = (_format("idx", "MNIST (IDX)", "idx"), _format("cifar", "CIFAR (binary)", "cifar"),
           _format("labels-table", "Table of labels (CSV, TSV)", "table"))
