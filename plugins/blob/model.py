"""A detector by centres, as small as it gets.

One map a class says how likely each cell holds an object's centre ("Objects as Points", Zhou et
al., 2019, arXiv:1904.07850); four more maps say how large the object at a cell is and where in the
cell its centre lies. This module is imported in the engine only, so it may import torch.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from workbench.extension.detection import (
    BuildContext,
    ClassRows,
    DataFacts,
    RawDetections,
    Targets,
)

STRIDE = 8
"""Input pixels a cell."""


def build(context: BuildContext) -> BlobDetector:
    """What the recipe names: called with classes, settings and what the labels say."""
    size = int(context.settings.get("image_size", 0)) or 256
    width, height = _input_size(context.facts, size)
    channels = int(context.settings.get("blob.channels", 24))
    return BlobDetector(len(context.classes), (width, height), channels)


def _input_size(facts: DataFacts, longest: int) -> tuple[int, int]:
    """As wide and high as most images are, the longer side ``longest``, in whole cells."""
    shapes = sorted(width / height for width, height in facts.image_sizes) or [1.0]
    aspect = min(max(shapes[len(shapes) // 2], 0.5), 2.0)
    width, height = (longest, longest / aspect) if aspect >= 1 else (longest * aspect, longest)
    return round(width / STRIDE) * STRIDE, round(height / STRIDE) * STRIDE


class Network(nn.Module):
    """uint8 or float (B, 3, H, W) in, float32 (B, classes + 4, H/8, W/8) out."""

    def __init__(self, classes: int, channels: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 3
        for outputs, stride, dilation in (
            (channels, 2, 1), (channels, 2, 1), (2 * channels, 2, 1),
            (2 * channels, 1, 2), (2 * channels, 1, 4), (2 * channels, 1, 1),
        ):
            layers += [
                nn.Conv2d(inputs, outputs, 3, stride, dilation, dilation, bias=False),
                nn.BatchNorm2d(outputs), nn.ReLU(inplace=True),
            ]
            inputs = outputs
        self.body = nn.Sequential(*layers)
        self.centres = nn.Conv2d(inputs, classes, 1)
        self.shapes = nn.Conv2d(inputs, 4, 1)
        # nearly everywhere is nothing: start from there
        assert self.centres.bias is not None
        nn.init.constant_(self.centres.bias, -math.log(99))

    def forward(self, images: Tensor) -> Tensor:
        # Normalising belongs to the model, so that nobody can forget it.
        features = self.body(images.float() / 127.5 - 1)
        return torch.cat((self.centres(features), self.shapes(features)), 1).float()


class Found:
    """Raw detections on one image: any object with these three will do."""

    def __init__(self, boxes: Tensor, scores: Tensor, labels: Tensor) -> None:
        self.boxes, self.scores, self.labels = boxes, scores, labels


class BlobDetector:
    """What the engine trains; see ``workbench.extension.detection.DetectionModel``."""

    # These weights have one row a class: a later run with other classes keeps those it knows.
    class_rows: Mapping[str, ClassRows] = {
        "centres.weight": ClassRows(), "centres.bias": ClassRows(),
    }

    def __init__(self, classes: int, input_size: tuple[int, int], channels: int) -> None:
        self._classes = classes
        self._size = input_size
        self._network = Network(classes, channels)

    @property
    def module(self) -> nn.Module:
        return self._network

    @property
    def input_size(self) -> tuple[int, int]:
        return self._size

    @property
    def summary(self) -> str:
        return f"centres on a grid of {STRIDE} px, {self._size[0]}×{self._size[1]} px"

    def losses(self, images: Tensor, targets: list[Targets]) -> dict[str, Tensor]:
        maps = self._network(images)
        logits, shapes = maps[:, : self._classes], maps[:, self._classes :]
        wanted, cells, numbers = _draw(targets, logits.shape)
        score = logits.sigmoid()
        # Focal: cells that are right already count little; cells near a centre are forgiven.
        hit = wanted == 1
        miss = (1 - wanted) ** 4 * score**2 * functional.softplus(logits)
        found = (1 - score) ** 2 * functional.softplus(-logits)
        count = max(len(numbers), 1)
        at_centres = shapes.permute(0, 2, 3, 1).reshape(-1, 4)[cells]
        return {
            "class": torch.where(hit, found, miss).sum() / count,
            "box": functional.smooth_l1_loss(at_centres, numbers, reduction="sum") / count,
        }

    @torch.no_grad()
    def detect(self, images: Tensor) -> Sequence[RawDetections]:
        maps = self._network(images)
        scores, shapes = maps[:, : self._classes].sigmoid(), maps[:, self._classes :]
        # a centre is higher than its neighbours
        scores = scores * (functional.max_pool2d(scores, 3, 1, 1) == scores)
        return [self._read(*pair) for pair in zip(scores, shapes, strict=True)]

    def _read(self, scores: Tensor, shapes: Tensor) -> Found:
        columns = scores.shape[2]
        flat = scores.flatten()
        values, places = flat.topk(min(1000, len(flat)))
        values, places = values[values >= 0.01], places[values >= 0.01]
        labels, cells = places // scores[0].numel(), places % scores[0].numel()
        x, y, width, height = shapes.flatten(1)[:, cells]
        middle_x, middle_y = (cells % columns + x) * STRIDE, (cells // columns + y) * STRIDE
        half_x, half_y = width.exp() * STRIDE / 2, height.exp() * STRIDE / 2
        corners = (middle_x - half_x, middle_y - half_y, middle_x + half_x, middle_y + half_y)
        limits = torch.tensor(self._size * 2, device=scores.device)
        boxes = torch.stack(corners, 1).clamp(min=0).minimum(limits)
        return Found(boxes, values, labels)

    def parameter_groups(self, settings: Mapping[str, Any]) -> list[dict[str, object]]:
        return [{"params": list(self._network.parameters())}]

    def load_pretrained(self, state: Mapping[str, Tensor]) -> list[str]:
        own = self._network.state_dict()
        fitting = {
            name: value for name, value in state.items()
            if name in own and own[name].shape == value.shape
        }
        self._network.load_state_dict(fitting, strict=False)
        return sorted(set(state) - set(fitting))


def _draw(targets: Sequence[Targets], shape: torch.Size) -> tuple[Tensor, Tensor, Tensor]:
    """Maps that are 1 at each centre and fall off around it, and what the centres should say.

    Returns
    -------
    maps, cells, numbers
        float32 of ``shape``; int64 (G,) index of each object's cell in the batch; float32 (G, 4)
        place in the cell and logarithm of the size in cells.
    """
    _, _, rows, columns = shape
    device = targets[0].boxes.device
    maps = torch.zeros(shape, device=device)
    ys, xs = torch.arange(rows, device=device)[:, None], torch.arange(columns, device=device)
    cells, numbers = [], []
    for image, target in enumerate(targets):
        for box, label in zip(target.boxes / STRIDE, target.labels, strict=True):
            side = (box[2:] - box[:2]).clamp(min=0.1)
            centre = (box[:2] + box[2:]) / 2
            x = int(centre[0].clamp(0, columns - 1))
            y = int(centre[1].clamp(0, rows - 1))
            spread = (side / 6).clamp(min=0.3)
            blob = torch.exp(-((xs - x) / spread[0]) ** 2 - ((ys - y) / spread[1]) ** 2)
            maps[image, label] = torch.maximum(maps[image, label], blob)
            cells.append((image * rows + y) * columns + x)
            numbers.append(torch.cat((centre - centre.new_tensor([x, y]), side.log())))
    found = torch.stack(numbers) if numbers else torch.zeros((0, 4), device=device)
    return maps, torch.tensor(cells, dtype=torch.int64, device=device), found
