"""A model of areas for other programs, and whether it says the same there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from workbench.core.errors import WorkbenchError
from workbench.engine.data.images import load_picture
from workbench.engine.data.letterbox import FILL
from workbench.engine.export.pictures import images_to_compare, input_metadata
from workbench.extension.engine_task import Run, SavedModel
from workbench.extension.exports import Difference, Exportable, Graph, OpenedFile
from workbench.extension.segmentation import SegmentationModel
from workbench.tasks.segmentation.engine.network import STRIDE

CHECKED = 8
"""So many of the project's images an exported model is compared on."""


def exportable(model: SegmentationModel, card: SavedModel, run: Run) -> Exportable:
    """A loaded model as it is written for other programs."""
    width, height = card.input_size
    # two images, so that nothing in the trace is of one image only
    images = torch.full((2, 3, height, width), FILL, dtype=torch.uint8)
    axes = {0: "batch", 2: "height", 3: "width"}
    graph = Graph(_Scores(model).eval(), images, "images", ("scores",),
                  {"images": axes, "scores": axes}, STRIDE)
    paths = images_to_compare(run.project, run, CHECKED)
    metadata = {**input_metadata(graph, card.input_size), "outputs": {
        "scores": "(B, 1 + C, H, W) probabilities of each pixel of the input: first that nothing "
                  "is there, then of each class; they add up to 1"}}
    return Exportable(graph, metadata, partial(_compare, model, card, paths), len(paths) + 1,
                      noun="image", first="a made-up one")


class _Scores(nn.Module):
    """A model's probabilities as a module's own forward."""

    def __init__(self, model: SegmentationModel) -> None:
        super().__init__()
        self.owner = model.module
        self._scores = model.scores

    def forward(self, images: Tensor) -> Tensor:
        return self._scores(images)


def _compare(model: SegmentationModel, card: SavedModel, paths: Sequence[Path], run: OpenedFile,
             check: Callable[[], None]) -> Iterator[tuple[str, Difference]]:
    """Compare a model with its exported self on noise and on images; those that cannot be read are
    passed over."""
    model.module.eval()
    width, height = card.input_size
    chance = torch.Generator().manual_seed(0)
    noise = torch.randint(0, 256, (1, 3, height, width), generator=chance, dtype=torch.uint8)
    yield "a made-up one", _on_images(model, run, noise)
    for path in paths:
        check()
        try:
            pixels = load_picture(path, card.input_size).pixels(0)
        except WorkbenchError:
            continue
        yield path.name, _on_images(model, run, torch.from_numpy(pixels)[None])


def _on_images(model: SegmentationModel, run: OpenedFile, images: Tensor) -> Difference:
    own = model.scores(images)
    other = torch.from_numpy(run(images.contiguous().numpy())[0])
    return Difference(score=float((own - other).abs().max()))
