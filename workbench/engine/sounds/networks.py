"""Networks that tell sounds apart: features (B, rows, frames) in, logits (B, classes) out."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn


def _block(inside: int, outside: int, pool: tuple[int, int]) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, padding=1, bias=False), nn.BatchNorm2d(outside), nn.ReLU(),
        nn.Conv2d(outside, outside, 3, padding=1, bias=False), nn.BatchNorm2d(outside), nn.ReLU(),
        nn.MaxPool2d(pool),
    )


class MelCnn(nn.Module):
    """Three blocks over the picture, then one over time; mean and maximum over the window.

    Bands are not pooled away before the last step: where a formant lies tells vowels apart.
    """

    def __init__(self, rows: int, classes: int, width: int = 24, dropout: float = 0.2) -> None:
        super().__init__()
        self.picture = nn.Sequential(
            _block(1, width, (2, 2)), _block(width, 2 * width, (2, 2)),
            _block(2 * width, 4 * width, (2, 1)),
        )
        channels = 4 * width
        self.time = nn.Sequential(
            nn.Conv1d(channels * (rows // 8), channels, 1, bias=False),
            nn.BatchNorm1d(channels), nn.ReLU(),
            nn.Conv1d(channels, channels, 5, padding=2, bias=False),
            nn.BatchNorm1d(channels), nn.ReLU(),
        )
        self.dropout = nn.Dropout(dropout)
        self.classes = nn.Linear(2 * channels, classes)

    def forward(self, features: Tensor) -> Tensor:
        hidden = self.time(self.picture(features[:, None]).flatten(1, 2))
        pooled = torch.cat([hidden.mean(-1), hidden.amax(-1)], 1)
        logits: Tensor = self.classes(self.dropout(pooled))
        return logits


class FourLayerCnn(nn.Module):
    """The plain one: four convolutions with pooling, mean over what is left."""

    def __init__(self, rows: int, classes: int, width: int = 16) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inside = 1
        for outside in (width, 2 * width, 4 * width, 8 * width):
            layers += [nn.Conv2d(inside, outside, 3, padding=1, bias=False),
                       nn.BatchNorm2d(outside), nn.ReLU(), nn.MaxPool2d(2, ceil_mode=True)]
            inside = outside
        self.picture = nn.Sequential(*layers)
        self.classes = nn.Linear(inside, classes)

    def forward(self, features: Tensor) -> Tensor:
        logits: Tensor = self.classes(self.picture(features[:, None]).mean((2, 3)))
        return logits


class Resnet18(nn.Module):
    """torchvision's ResNet-18 with one input channel: the first layer summed over colours."""

    def __init__(self, rows: int, classes: int) -> None:
        super().__init__()
        from torchvision.models import resnet18

        self.body = resnet18(weights=None, num_classes=classes)
        self.body.conv1 = nn.Conv2d(1, 64, 7, 2, 3, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        logits: Tensor = self.body(features[:, None])
        return logits


class Recurrent(nn.Module):
    """Two layers of an LSTM or a GRU over frames, both ways, averaged over time."""

    def __init__(self, rows: int, classes: int, kind: type[nn.LSTM] | type[nn.GRU],
                 width: int = 96) -> None:
        super().__init__()
        self.frames = kind(rows, width, num_layers=2, batch_first=True, bidirectional=True,
                           dropout=0.2)
        self.dropout = nn.Dropout(0.2)
        self.classes = nn.Linear(4 * width, classes)

    def forward(self, features: Tensor) -> Tensor:
        hidden, _ = self.frames(features.transpose(1, 2))
        pooled = torch.cat([hidden.mean(1), hidden.amax(1)], 1)
        logits: Tensor = self.classes(self.dropout(pooled))
        return logits


NETWORKS: dict[str, Callable[[int, int], nn.Module]] = {
    "mel-cnn": MelCnn,
    "cnn": FourLayerCnn,
    "resnet18": Resnet18,
    "lstm": lambda rows, classes: Recurrent(rows, classes, nn.LSTM),
    "gru": lambda rows, classes: Recurrent(rows, classes, nn.GRU),
}
"""Name → maker, called with rows and classes."""
