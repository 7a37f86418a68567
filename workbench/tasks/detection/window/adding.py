"""Making labels of detections that have none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workbench.core.annotation import LabeledObject
from workbench.core.errors import WorkbenchError
from workbench.core.outlines import Keypoints
from workbench.core.shapes import Box, Shape
from workbench.core.text import count, tr
from workbench.gui.label.images.geometry import is_box, spanned
from workbench.project.session import Session
from workbench.project.stores.storable_outline import storable_shape
from workbench.tasks.detection.results import Snapshot
from workbench.tasks.detection.window.detected_shapes import detected_shapes


@dataclass(frozen=True, slots=True)
class Added:
    """What came of it: objects that were added, their images, and those that could not
    be."""

    objects: int
    images: int
    refused: int
    reason: str = ""
    noun: str = "box"
    """What they are called."""

    def sentence(self) -> str:
        """What is said to the person."""
        words = tr("Added {boxes} on {images}.",
                   boxes=count(self.objects, self.noun),
                   images=count(self.images, "image"))
        if self.refused:
            words += tr(" {images} could not be changed: {reason}",
                        images=count(self.refused, "image"), reason=self.reason)
        return words


def is_extra(shown: Snapshot, row: int) -> bool:
    """Whether picture ``row`` is of a detection without a label."""
    table = shown.entries.table
    return 0 <= row < len(table) and table.truth[row] < 0 <= table.detection[row]


def extras(shown: Snapshot) -> list[int]:
    """The pictures that are shown of detections without a label."""
    return [row for row in range(len(shown.entries)) if is_extra(shown, row)]


def add_labels(session: Session, shown: Snapshot, rows: Iterable[int]) -> Added:
    """Label what was detected in the pictures ``rows``, as one step that can be undone: with its
    key points or outline where there are some that the label files hold, else with its box.

    An image that must not be changed is left out and counted as refused.
    """
    by_image: dict[int, list[LabeledObject]] = {}
    for row in rows:
        image, _, detection = shown.entries.identity(row)
        raw = shown.results.raw[image]
        x0, y0, x1, y1 = raw.boxes[detection].tolist()
        box = spanned((x0, y0), (x1, y1), shown.results.sizes[image])
        if is_box(box):
            name = shown.results.classes[int(raw.labels[detection])]
            shape = storable_shape(session.store, detected_shapes(shown.results, image, detection))
            by_image.setdefault(image, []).append(LabeledObject(name, shape or Box(*box)))
    number = sum(map(len, by_image.values()))
    noun = _noun(item.shape for new in by_image.values() for item in new)
    objects = images = refused = 0
    reason = ""
    with session.undo.together(
            tr("add {detecteds}", detecteds=count(number, *_DETECTED[noun]))):
        for image, new in by_image.items():
            key = shown.results.keys[image]
            try:
                there = session.document(key).annotation.objects
                session.edit(key, (*there, *new), tr("add detected boxes"))
            except WorkbenchError as error:
                refused, reason = refused + 1, reason or error.sentence()
                continue
            objects, images = objects + len(new), images + 1
    return Added(objects, images, refused, reason, noun)


_DETECTED = {"box": ("detected box", "detected boxes"), "outline": ("detected outline",),
             "object": ("detected object",)}


def _noun(shapes: Iterable[Shape]) -> str:
    """What labels with these shapes are called together."""
    kinds = {type(shape) for shape in shapes}
    if Keypoints in kinds:
        return "object"
    return "box" if kinds <= {Box} else "outline"
