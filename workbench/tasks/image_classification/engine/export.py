"""A classifier of pictures for other programs, and whether it gives the same scores there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from workbench.core.errors import WorkbenchError
from workbench.engine.class_scores import samples_to_compare
from workbench.extension.engine_task import Run, SavedModel
from workbench.extension.exports import Difference, Exportable, Graph, OpenedFile
from workbench.tasks.image_classification.dataset import LabelledImage
from workbench.tasks.image_classification.engine.model import ImageClassifier
from workbench.tasks.image_classification.engine.pictures import middle, read_square
from workbench.tasks.image_classification.engine.stored import run_images


def exportable(model: Any, card: SavedModel, run: Run) -> Exportable:
    """A loaded model as it is written for other programs.

    Raises
    ------
    WorkbenchError
        If this kind of model cannot be exported.
    """
    if not isinstance(model, ImageClassifier):
        raise WorkbenchError(f"models of the recipe “{card.recipe}” cannot be exported: they have "
                             "no traceable()")
    samples = samples_to_compare(lambda: run_images(run.project, run).parts())
    example = torch.zeros(2, 3, model.side, model.side, dtype=torch.uint8)
    axes = {"images": {0: "batch"}, "scores": {0: "batch"}}
    graph = Graph(model.traceable().eval(), example, "images", ("scores",), axes)
    return Exportable(graph, _metadata(model), partial(_compare, model, samples), len(samples) + 1,
                      noun="image", first="a made-up one")


def _metadata(model: ImageClassifier) -> dict[str, Any]:
    return {
        "input": {
            "name": "images", "layout": "NCHW", "dtype": "uint8", "colour": "RGB",
            "range": [0, 255], "width": model.side, "height": model.side, "any_batch": True,
            "any_size": False,
        },
        "resize": {
            "mode": "shorter side, then the middle square", "shorter_side": model.stored,
            "crop": model.side, "interpolation": "bilinear, antialiased",
            "orientation": "by Exif, before anything else (JPEG, TIFF)",
        },
        "normalisation": "inside the graph",
        "outputs": {"scores": "(B, 1) the number" if model.kind == "number"
                    else "(B, C) probabilities"},
    }


def _compare(
    model: ImageClassifier, samples: Sequence[LabelledImage], run: OpenedFile,
    check: Callable[[], None],
) -> Iterator[tuple[str, Difference]]:
    chance = torch.Generator().manual_seed(0)
    shape = (1, 3, model.stored, model.stored)
    noise = torch.randint(0, 256, shape, generator=chance, dtype=torch.uint8)
    yield "a made-up one", _on_image(model, run, noise)
    for sample in samples:
        check()
        try:
            square = read_square(sample.path, model.stored)
        except WorkbenchError:
            continue
        yield sample.path.name, _on_image(model, run, torch.from_numpy(square)[None])


def _on_image(model: ImageClassifier, run: OpenedFile, square: Tensor) -> Difference:
    own = model.scores(square).numpy()
    other = run(middle(square, model.side).contiguous().numpy())[0]
    return Difference(score=float(np.abs(own - other).max()))
