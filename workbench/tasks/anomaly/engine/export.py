"""A model of good images for other programs, and whether it says the same there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from workbench.core.errors import WorkbenchError
from workbench.engine.data.batches import spread
from workbench.engine.data.images import load_picture
from workbench.engine.data.letterbox import FILL, Letterbox
from workbench.engine.export.pictures import input_metadata
from workbench.extension.engine_task import Run, SavedModel
from workbench.extension.exports import Difference, Exportable, Graph, OpenedFile
from workbench.formats.score_maps import FULL
from workbench.project.datasets.splits import PARTS
from workbench.tasks.anomaly.engine.memory import CELL, GoodMemory, TwoMemories, inner_cells
from workbench.tasks.anomaly.engine.model import DifferenceModel
from workbench.tasks.anomaly.engine.nearest import ODDEST, ODDEST_SHARE, SMOOTHING, smoothed
from workbench.tasks.anomaly.samples import load_good

CHECKED = 8
"""So many of the project's images an exported model is compared on."""


def exportable(model: DifferenceModel, card: SavedModel, run: Run) -> Exportable:
    """A loaded model as it is written for other programs."""
    width, height = card.input_size
    # two images, so that nothing in the trace is of one image only
    images = torch.full((2, 3, height, width), FILL, dtype=torch.uint8)
    graph = Graph(_Distances(model.memory).eval(), images, "images", ("distances",),
                  {"images": {0: "batch"}, "distances": {0: "batch"}})
    paths = _images(run)
    several = isinstance(model.memory, TwoMemories)
    metadata = {
        **input_metadata(graph, card.input_size), "cell": CELL, "smoothing": list(SMOOTHING),
        "oddest": {"share": ODDEST_SHARE, "most": ODDEST} if several else {"share": 0, "most": 1},
        "outputs": {
            "distances": "(B, M, H / cell, W / cell) how far each place of the input is from good "
                         "ones by each of M memories: 1 is the limit. Cut off the bars, smooth "
                         "each with these weights along both axes, take the largest d of the M; a "
                         "place's score is d / (d + 1), the image's that of the mean d of the "
                         "oddest places"}}
    return Exportable(graph, metadata, partial(_compare, model, card, paths), len(paths) + 1,
                      noun="image", first="a made-up one")


def _images(run: Run) -> list[Path]:
    """Images to compare on, from the last part of the split that has some; none if it is gone."""
    try:
        data = load_good(run.project, run.split, good=str(run.config.get("good", "")),
                         settled=True, run=run.path)
    except WorkbenchError:
        return []
    parts = ([item.path for item in data.part(part)] for part in reversed(PARTS))
    return spread(next((part for part in parts if part), []), CHECKED)


class _Distances(nn.Module):
    """Distances of all places, in those of the limit, as a module's own forward."""

    def __init__(self, memory: GoodMemory) -> None:
        super().__init__()
        self.memory = memory

    def forward(self, images: Tensor) -> Tensor:
        found = self.memory(images)
        batch, channels, height, width = found.shape
        patches = found.permute(0, 2, 3, 1).reshape(-1, channels)
        far = self.memory.far(patches) / self.memory.limit.clamp(min=1e-6)
        return far.reshape(far.shape[0], batch, height, width).permute(1, 0, 2, 3)


def _compare(model: DifferenceModel, card: SavedModel, paths: Sequence[Path], run: OpenedFile,
             check: Callable[[], None]) -> Iterator[tuple[str, Difference]]:
    """Compare a model with its exported self on noise and on images; those that cannot be read are
    passed over."""
    width, height = card.input_size
    chance = torch.Generator().manual_seed(0)
    noise = torch.randint(0, 256, (1, 3, height, width), generator=chance, dtype=torch.uint8)
    yield "a made-up one", _apart(model, run, noise, Letterbox.fit((width, height),
                                                                   (width, height)))
    for path in paths:
        check()
        try:
            picture = load_picture(path, card.input_size)
            pixels = torch.from_numpy(picture.pixels(0))[None]
        except WorkbenchError:
            continue
        yield path.name, _apart(model, run, pixels, picture.views[0].letterbox)


def _apart(model: DifferenceModel, run: OpenedFile, images: Tensor, place: Letterbox
           ) -> Difference:
    """How far scores of places and of the image are apart."""
    own, = model.answers(images, [place])
    far = torch.from_numpy(run(images.contiguous().numpy())[0])[0][:, *inner_cells(place)]
    distances = torch.stack([smoothed(each) for each in far]).amax(0)
    other = model.answer_of(distances * model.memory.limit.detach().clamp(min=1e-6))
    places = abs(own.values.astype(int) - other.values.astype(int)).max() / FULL
    # a score may lie on either side of a step of the maps
    return Difference(score=max(abs(own.score - other.score), float(places) - 1 / FULL))
