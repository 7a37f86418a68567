"""What is done to the labels and files behind points of the map, each as one step of undo."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from workbench.core.annotation import LabeledObject
from workbench.core.shapes import Bounds
from workbench.core.text import count, tr
from workbench.extension.registry import load
from workbench.extension.tasks import WholeLabels, tasks
from workbench.gui.app.task import task_of
from workbench.project.mending import images_to_trash

if TYPE_CHECKING:
    from workbench.project.library.document import Document
    from workbench.project.sample_places import PlacedSamples
    from workbench.project.session import Session

Told = Callable[[], object]


def whole_labels(session: Session) -> WholeLabels | None:
    """What gives images of a project classes as a whole; None where its task learns from objects.
    They are read from now on."""
    task = task_of(session)
    opener = tasks.get(task).open_labels if task in tasks else ""
    found: WholeLabels | None = load(opener)(session) if opener else None
    return found


def may_give(session: Session | None, placed: PlacedSamples | None) -> bool:
    """Whether points have classes that can be given: objects, or images of a project that sorts
    them."""
    if session is None or placed is None:
        return False
    if placed.are_objects or placed.medium == "sounds":
        return True
    labels = whole_labels(session)
    return labels is not None and labels.kind in ("class", "tags")


def give_class(session: Session, placed: PlacedSamples, rows: Sequence[int], name: str,
               told: Told) -> None:
    """Give objects, or images, a class as one step; ``told`` is called when that is done.

    Raises
    ------
    WorkbenchError
        If that cannot be the name of a class, or labels must not be changed.
    """
    if placed.are_objects:
        _change_objects(session, placed, rows, lambda item: item.with_label(name), tr(
            "label {objects} “{name}”", objects=_counted(placed, rows), name=name), told)
        return
    keys = [placed.found.keys[row] for row in rows]
    if placed.medium == "sounds":
        session.sounds.set_label(keys, name, then=lambda number: number and told())
        return
    labels = whole_labels(session)
    if labels is None:
        return
    if labels.kind == "tags":
        keys = [key for key in keys if name not in labels.tags(key)]
    if keys and (labels.toggle_tag if labels.kind == "tags" else labels.set_label)(keys, name):
        told()


def delete(session: Session, placed: PlacedSamples, rows: Sequence[int], told: Told) -> None:
    """Take objects off their images, or move images with their labels to the trash, as one step;
    raises as :func:`give_class`."""
    if placed.are_objects:
        _change_objects(session, placed, rows, lambda _item: None, tr(
            "remove {objects}", objects=_counted(placed, rows)), told)
        return
    keys = [placed.found.keys[row] for row in rows]
    if placed.medium == "sounds":
        session.sounds.delete(keys)
    else:
        images_to_trash(session, keys)
    told()


def _counted(placed: PlacedSamples, rows: Sequence[int]) -> str:
    return count(len(rows), "region" if placed.medium == "sounds" else "object")


def _change_objects(session: Session, placed: PlacedSamples, rows: Sequence[int],
                    change: Callable[[LabeledObject], LabeledObject | None], text: str,
                    told: Told) -> None:
    from workbench.project.sample_places import box_name

    boxes: dict[str, set[tuple[int, ...]]] = {}
    sizes: dict[str, tuple[float, float]] = {}
    for row in rows:
        key, (width, height) = placed.found.keys[row], placed.sizes[row].tolist()
        boxes.setdefault(key, set()).add(box_name(placed.boxes[row].tolist()))
        sizes[key] = width, height

    def name(key: str, box: Bounds) -> tuple[int, ...]:
        """As on the map, where a region ends with its sound."""
        if placed.medium == "sounds":
            box = (box[0], box[1], min(box[2], sizes[key][0]),
                   sizes[key][1] if math.isinf(box[3]) else box[3])
        return box_name(box)

    def changed(document: Document) -> tuple[LabeledObject, ...]:
        chosen, key = boxes[document.key], document.key
        after = (change(item) if name(key, item.box) in chosen else item
                 for item in document.annotation.objects)
        return tuple(item for item in after if item is not None)

    library = session.sounds if placed.medium == "sounds" else session.images
    library.change_many(boxes, changed, text, then=lambda number: number and told())
