"""Networks that are not EfficientNet-Lite: small ones and torchvision's. Each takes uint8 RGB
pictures (B, 3, side, side), so that what is done to pixels belongs to the network."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn


class _SmallNetwork(nn.Module):
    """A body, and a dense layer for the classes, of pictures with values from -1 to 1."""

    body: nn.Sequential
    classifier: nn.Linear

    def forward(self, images: Tensor) -> Tensor:
        """Logits float (B, K) of pictures uint8 (B, 3, side, side)."""
        x = images.to(self.classifier.weight.dtype) / 127.5 - 1
        logits: Tensor = self.classifier(self.body(self.maps(x)))
        return logits

    def maps(self, images: Tensor) -> Tensor:
        """What the body is given."""
        return images


class LeNet5(_SmallNetwork):
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

    def maps(self, images: Tensor) -> Tensor:
        return images.mean(1, keepdim=True) if self.grey else images

    def last_stages(self) -> list[nn.Module]:
        return list(self.body.children())[8:]


class Vgg9(_SmallNetwork):
    """Seven convolutions and two dense layers (after Simonyan and Zisserman 2014), with batch
    norms."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for width, repeats in ((32, 2), (64, 2), (128, 3)):
            for _ in range(repeats):
                layers += [nn.Conv2d(channels, width, 3, padding=1, bias=False),
                           nn.BatchNorm2d(width), nn.ReLU()]
                channels = width
            layers.append(nn.MaxPool2d(2))
        self.body = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2),
                                  nn.Linear(channels, 256), nn.ReLU())
        self.classifier = nn.Linear(256, classes)

    def last_stages(self) -> list[nn.Module]:
        return list(self.body.children())[-12:]


class _Separable(nn.Sequential):
    """A convolution of each channel for itself, then one across them."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__(
            nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False),
            nn.Conv2d(channels, out, 1, bias=False), nn.BatchNorm2d(out))


class _XceptionBlock(nn.Module):
    """Two separable convolutions around which the input goes; one with more channels halves the
    picture."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        wider = out > channels
        self.inside = nn.Sequential(_Separable(channels, out), _Separable(out, out),
                                    nn.MaxPool2d(3, 2, 1) if wider else nn.Identity())
        self.around = nn.Sequential(nn.Conv2d(channels, out, 1, 2, bias=False),
                                    nn.BatchNorm2d(out)) if wider else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.inside(x) + self.around(x)
        return found


class Xception(_SmallNetwork):
    """A small network like that of Chollet (2017)."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        widths = (64, 128, 256, 256, 256, 256, 256, 512)
        self.body = nn.Sequential(
            nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU(),
            nn.Conv2d(32, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64),
            *(_XceptionBlock(channels, out) for channels, out in pairwise(widths)),
            _Separable(512, 1024), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
            nn.Dropout(0.2))
        self.classifier = nn.Linear(1024, classes)


LAST_STAGES = {
    "resnet18": ("layer4",), "resnet50": ("layer4",),
    "mobilenet_v3_small": ("features.9", "features.10", "features.11", "features.12", "classifier"),
    "mobilenet_v3_large": ("features.13", "features.14", "features.15", "features.16",
                           "classifier"),
    "efficientnet_b0": ("features.6", "features.7", "features.8"),
    "convnext_tiny": ("features.6", "features.7", "classifier"),
    "densenet121": ("features.denseblock4", "features.norm5"),
    "vgg16": ("features.24", "features.26", "features.28", "classifier"),
    "alexnet": ("features.10", "classifier"),
    "inception_v3": ("Mixed_7a", "Mixed_7b", "Mixed_7c"),
    "vit_tiny": ("encoder.layers.encoder_layer_9", "encoder.layers.encoder_layer_10",
                 "encoder.layers.encoder_layer_11", "encoder.ln"),
}
"""What "the last stages" of each network are."""


def _body(name: str) -> nn.Module:
    from torchvision import models

    found: nn.Module
    if name == "vit_tiny":  # Touvron et al. 2021
        found = models.VisionTransformer(224, 16, num_layers=12, num_heads=3, hidden_dim=192,
                                         mlp_dim=768)
    elif name == "inception_v3":  # as its weights want it; the second head is for training only
        found = models.inception_v3(weights=None, aux_logits=False, transform_input=True,
                                    init_weights=False)
    else:
        found = models.get_model(name, weights=None)
    return found


class TorchvisionNetwork(nn.Module):
    """A network of torchvision with a head of our own.

    Parameters
    ----------
    name
        What torchvision calls it, or "vit_tiny".
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, name: str, classes: int) -> None:
        super().__init__()
        self.body = _body(name)
        self._last = LAST_STAGES[name]
        path, head = [(path, item) for path, item in self.body.named_modules()
                      if isinstance(item, nn.Linear)][-1]
        self.classifier = nn.Linear(head.in_features, classes)
        owner, _, last = path.rpartition(".")
        setattr(self.body.get_submodule(owner), last, nn.Identity())
        for buffer, values in (("mean", (0.485, 0.456, 0.406)),
                               ("deviation", (0.229, 0.224, 0.225))):
            self.register_buffer(buffer, torch.tensor(values).view(3, 1, 1), persistent=False)

    def features(self, images: Tensor) -> Tensor:
        """What the head is given, float (B, D)."""
        x = (images.to(self.classifier.weight.dtype) / 255 - self.mean) / self.deviation
        found: Tensor = self.body(x)
        return found

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.features(images))
        return logits

    def last_stages(self) -> list[nn.Module]:
        return [self.body.get_submodule(path) for path in self._last]
