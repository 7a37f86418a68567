"""From what was measured to where it is labelled: another place shows it, and leads back."""

from __future__ import annotations

import numpy as np

from workbench.core.shapes import Bounds
from workbench.gui.app.context import AppContext, ImageTarget
from workbench.gui.app.task import place_for
from workbench.gui.data.findings import PLACE
from workbench.project.measurements.table import MeasuredTable
from workbench.project.measurements.tracks import TrackTable


def go_to_object(context: AppContext, table: MeasuredTable, number: int) -> None:
    """Show an object in its image, or a region in its sound."""
    key = table.keys[table.sample[number]]
    if table.medium == "sounds":
        start, duration = table.in_pixels[number, :2].tolist()
        go_to_sample(context, table, key, span=(start, start + duration))
    else:
        left, top, right, bottom = table.boxes[number].tolist()
        go_to_sample(context, table, key, int(table.owner[number]), (left, top, right, bottom))


def go_to_track(context: AppContext, table: TrackTable, number: int) -> None:
    """Show where a track begins, in Videos."""
    seen = table.seen[number]
    if context.session is not None:
        context.go(place_for("videos", context.session), ImageTarget(
            table.keys[table.sample[number]], back=PLACE, frame=int(seen.frames[0]),
            track=seen.number))


def set_scale(context: AppContext, table: MeasuredTable) -> None:
    """Ask how large a pixel is at the first image or video that does not tell it."""
    if table.unknown:
        go_to_sample(context, table, table.keys[int(np.isnan(table.pixel[:, 0]).argmax())])
        actions, name = context.actions, f"{table.medium}.set_scale"
        if name in actions and actions[name].enabled():
            actions[name].run()


def go_to_sample(
    context: AppContext, table: MeasuredTable, key: str, place: int | None = None,
    box: Bounds | None = None, span: tuple[float, float] | None = None,
) -> None:
    """Show an image, sound or video, with the object in ``place`` or the ``span`` of time."""
    if context.session is not None:
        context.go(place_for(table.medium, context.session),
                   ImageTarget(key, object_index=place, box=box, back=PLACE, span=span))
