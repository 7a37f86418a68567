"""Networks that are not EfficientNet: LeNet-5 and torchvision's ResNet-18. Each takes uint8 RGB
pictures (B, 3, side, side), so that what is done to pixels belongs to the network."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class LeNet5(nn.Module):
    """Two convolutions and two dense layers (LeCun et al. 1998), with today's activation, pooling
    and norms, and more channels.

    Parameters
    ----------
    side
        Of the pictures in pixels.
    grey
        Whether the colours are summed up first.
    """

    def __init__(self, classes: int, side: int, grey: bool) -> None:
        super().__init__()
        self.grey = grey
        inside = ((side + 1) // 2 + 1) // 2
        self.body = nn.Sequential(
            nn.Conv2d(1 if grey else 3, 32, 5, padding=2, bias=False), nn.BatchNorm2d(32),
            nn.ReLU(), nn.MaxPool2d(2, ceil_mode=True),
            nn.Conv2d(32, 64, 5, padding=2, bias=False), nn.BatchNorm2d(64),
            nn.ReLU(), nn.MaxPool2d(2, ceil_mode=True), nn.Flatten(),
            nn.Linear(64 * inside * inside, 120), nn.ReLU(), nn.Dropout(0.3),
            nn.Linear(120, 84), nn.ReLU(),
        )
        self.classifier = nn.Linear(84, classes)

    def forward(self, images: Tensor) -> Tensor:
        x = images.to(self.classifier.weight.dtype) / 127.5 - 1
        if self.grey:
            x = x.mean(1, keepdim=True)
        logits: Tensor = self.classifier(self.body(x))
        return logits

    def last_stages(self) -> list[nn.Module]:
        return list(self.body.children())[8:]


class ResNet18(nn.Module):
    """torchvision's ResNet-18 (He et al. 2015)."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, classes: int) -> None:
        super().__init__()
        from torchvision.models import resnet18

        body = resnet18(weights=None)
        self.classifier = nn.Linear(body.fc.in_features, classes)
        body.fc = nn.Identity()
        self.body = body
        for name, values in (("mean", (0.485, 0.456, 0.406)),
                             ("deviation", (0.229, 0.224, 0.225))):
            self.register_buffer(name, torch.tensor(values).view(3, 1, 1), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        x = (images.to(self.classifier.weight.dtype) / 255 - self.mean) / self.deviation
        logits: Tensor = self.classifier(self.body(x))
        return logits

    def last_stages(self) -> list[nn.Module]:
        stage: nn.Module = self.body.layer4
        return [stage]
