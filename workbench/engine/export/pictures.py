"""What files of models that see letterboxed images say of these, and images to try them on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbench.core.errors import WorkbenchError
from workbench.engine.data.batches import spread
from workbench.engine.data.letterbox import FILL
from workbench.extension.engine_task import Run
from workbench.extension.exports import Graph
from workbench.project.datasets.images import load_dataset
from workbench.project.datasets.splits import PARTS


def images_to_compare(project: Path, run: Run, most: int) -> list[Path]:
    """Images to compare on, from the last part of the split that has some; none if it is gone."""
    try:
        data = load_dataset(project, run.split)
    except WorkbenchError:
        return []
    parts = ([record.path for record in data.part(part)] for part in reversed(PARTS))
    return spread(next((part for part in parts if part), []), most)


def input_metadata(graph: Graph, input_size: tuple[int, int]) -> dict[str, Any]:
    """What a reader needs to know of the input; ``input_size`` is (width, height) in pixels."""
    width, height = input_size
    free = graph.free_axes.get(graph.input, {})
    return {
        "input": {
            "name": graph.input, "layout": "NCHW", "dtype": "uint8", "colour": "RGB",
            "range": [0, 255], "width": width, "height": height, "any_batch": 0 in free,
            "any_size": 2 in free, "size_step": graph.size_step,
        },
        "resize": {
            "mode": "letterbox", "fill": FILL, "align": "centre",
            "interpolation": "bilinear, antialiased", "small_images": "enlarged",
            "orientation": "by Exif, before anything else (JPEG, TIFF)",
        },
        "depth": "transparency is ignored; values of more than 8 bits are stretched from the "
                 "smallest to the largest of their file, over all its colours, to 0..255",
        "normalisation": "inside the graph",
    }
