"""Networks that tell sounds apart: features (B, rows, frames) in, logits (B, classes) out."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn


def picture(features: Tensor) -> Tensor:
    """Features as pictures of one colour, in the order of memory that convolutions like."""
    return features[:, None].contiguous(memory_format=torch.channels_last)


def _layer(inside: int, outside: int, size: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, size, stride, padding=size // 2, bias=False),
        nn.BatchNorm2d(outside), nn.ReLU(inplace=True),
    )


class MelCnn(nn.Module):
    """Four layers over the picture, then two over time; mean and maximum over the window.

    The bands that are left are not averaged before the network looks at time: where a formant
    lies tells vowels apart. It is narrow on purpose: with few voices to learn from a wider one is
    slower and not better.
    """

    def __init__(self, rows: int, classes: int, width: int = 16, dropout: float = 0.2) -> None:
        super().__init__()
        self.picture = nn.Sequential(
            _layer(1, width, 5, 2), _layer(width, 2 * width, 3, 2),
            _layer(2 * width, 2 * width), _layer(2 * width, 2 * width),
        )
        channels = 6 * width
        self.time = nn.Sequential(
            nn.Conv1d(2 * width * ((rows + 3) // 4), channels, 1, bias=False),
            nn.BatchNorm1d(channels), nn.ReLU(inplace=True),
            nn.Conv1d(channels, channels, 5, padding=2, bias=False),
            nn.BatchNorm1d(channels), nn.ReLU(inplace=True),
        )
        self.dropout = nn.Dropout(dropout)
        self.classes = nn.Linear(2 * channels, classes)

    def forward(self, features: Tensor) -> Tensor:
        hidden = self.time(self.picture(picture(features)).flatten(1, 2))
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
        logits: Tensor = self.classes(self.picture(picture(features)).mean((2, 3)))
        return logits


class Resnet18(nn.Module):
    """torchvision's ResNet-18 with one input channel: the first layer summed over colours."""

    def __init__(self, rows: int, classes: int) -> None:
        super().__init__()
        from torchvision.models import resnet18

        self.body = resnet18(weights=None, num_classes=classes)
        self.body.conv1 = nn.Conv2d(1, 64, 7, 2, 3, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        logits: Tensor = self.body(picture(features))
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
