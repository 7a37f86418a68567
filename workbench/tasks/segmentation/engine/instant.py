"""The instant model of areas: filters of each pixel and a small network that is fitted to what is
painted, the very ones that suggest while a person paints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from workbench.core.arrays import FloatArray, IntArray, Rgb
from workbench.core.class_maps import UNKNOWN
from workbench.core.schema import Value
from workbench.engine.data.batches import EpochLoader, batches_per_epoch
from workbench.engine.data.images import ImageStore
from workbench.engine.data.letterbox import FILL, Letterbox
from workbench.engine.training.fitting import FitOptimizer
from workbench.extension.segmentation import BuildContext
from workbench.extension.training import Order
from workbench.media.images.pixel_features import is_grey, number_of_features, pixel_features
from workbench.project.live_areas.classifier import HIDDEN, PixelClassifier
from workbench.project.live_areas.suggested import sampled, without_grain
from workbench.tasks.segmentation.engine.area_store import AreaStore
from workbench.tasks.segmentation.engine.batches import AreaBatch
from workbench.tasks.segmentation.engine.loss import area_losses
from workbench.tasks.segmentation.engine.plan import shrunk_text, usual_size, whole_size

_MOST, _MOST_OF_CLASS, _LEAST = 3000, 100_000, 50
"""Pixels of a class that are learned: of an image, of all of them, and of an image at least: the
fit looks at fewer than a hundred thousand."""
_NEVER = -1e9  # what a class says that nobody painted
_TINY = 1e-6


class _Fitted(nn.Module):
    """A :class:`PixelClassifier` as tensors; ``known`` is 1 once it is fitted."""

    def __init__(self, grey: bool, classes: int) -> None:
        super().__init__()
        features = number_of_features(grey=grey)
        shapes = {"lowest": (features, 1), "highest": (features, 1), "first": (HIDDEN, features),
                  "shift": (HIDDEN, 1), "second": (1 + classes, HIDDEN), "bias": (1 + classes, 1),
                  "known": (1,)}
        for name, shape in shapes.items():
            self.register_parameter(name, nn.Parameter(torch.zeros(shape), requires_grad=False))

    def take(self, made: PixelClassifier, values: Sequence[int]) -> None:
        """Take over what was fitted; its classes are these values in maps, 0 for nothing."""
        self.state_dict()["bias"].fill_(_NEVER)
        self.state_dict()["second"].zero_()
        self.state_dict()["known"].fill_(1)
        for name, own in self.state_dict().items():
            if name in ("second", "bias"):
                own[list(values)] = torch.from_numpy(getattr(made, name)).to(own)
            elif name != "known":
                own.copy_(torch.from_numpy(getattr(made, name)))

    @property
    def ready(self) -> bool:
        return bool(self.state_dict()["known"].item())

    def classifier(self) -> PixelClassifier:
        return PixelClassifier(**{name: value.detach().cpu().numpy()
                                  for name, value in self.state_dict().items() if name != "known"})


class InstantAreas:
    """See :class:`workbench.extension.segmentation.SegmentationModel`.

    Pictures in grey and in colours have different filters, and so a network each; where only one
    of them could be fitted, it looks at all pictures as if they were of its kind.
    """

    fixed_shapes = False

    def __init__(self, context: BuildContext) -> None:
        self._classes = len(context.classes)
        self._size, self._usual = whole_size(context.facts), usual_size(context.facts)
        self._grey, self._colored = (_Fitted(grey, self._classes) for grey in (True, False))
        self._module = nn.ModuleDict({"grey": self._grey, "colored": self._colored})
        self._pixels: PaintedPixels | None = None
        self.fit_every = 1
        self._fit = FitOptimizer(self, self._module.parameters())

    @property
    def module(self) -> nn.Module:
        return self._module

    @property
    def input_size(self) -> tuple[int, int]:
        return self._size

    @property
    def crop(self) -> tuple[int, int]:
        return self._size

    @property
    def summary(self) -> str:
        width, height = self._size
        smaller = shrunk_text(self._usual, width)
        seen = f"; images are looked at in {width}×{height} px{smaller}" if smaller else ""
        return (f"{number_of_features(grey=True)} filters of each pixel, of colours "
                f"{number_of_features(grey=False)}{seen}")

    def attach(self, pixels: PaintedPixels, steps: int) -> None:
        """Where it finds what it learns from, and after how many steps all of it was looked at."""
        self._pixels, self.fit_every = pixels, steps

    def optimizers(self, settings: Mapping[str, Value]) -> list[torch.optim.Optimizer]:
        """See :class:`workbench.extension.model.HasOptimizers`."""
        return [self._fit]

    def training_step(self, inputs: Tensor, targets: Any, optimizers: Sequence[Any]
                      ) -> Mapping[str, Tensor]:
        """Count a step, of which the last one fits; there is no loss to speak of."""
        self._fit.step()
        return {"pixel": torch.zeros(())}

    def fit(self) -> None:
        """Learn from all that is painted; pictures in grey and in colours apart."""
        assert self._pixels is not None
        parts = self._pixels.all()
        for grey, fitted in ((True, self._grey), (False, self._colored)):
            own = [part for part in parts if part[0].shape[1] == number_of_features(grey=grey)]
            truth = np.concatenate([part[1] for part in own]) if own else np.zeros(0, np.int64)
            values, places = np.unique(truth, return_inverse=True)
            if len(values) > 1:
                features = np.concatenate([part[0] for part in own]).astype(np.float32)
                fitted.take(PixelClassifier.fitted(features, places, len(values), lambda: None),
                            values.tolist())

    def losses(self, images: Tensor, targets: Tensor) -> dict[str, Tensor]:
        return area_losses(self.scores(images).clamp(min=_TINY).log(), targets)

    @torch.no_grad()
    def scores(self, images: Tensor) -> Tensor:
        found = np.stack([self._scores(np.ascontiguousarray(image.permute(1, 2, 0).cpu().numpy()))
                          for image in images])
        return torch.from_numpy(found).to(images.device)

    def _scores(self, pixels: Rgb) -> FloatArray:
        """Probabilities float32 (1 + C, H, W); in the bars of the letterbox is nothing."""
        found = np.zeros((1 + self._classes, *pixels.shape[:2]), np.float32)
        found[0] = 1
        window = _within_bars(pixels)
        inner = pixels[window]
        wanted = (self._grey, self._colored) if is_grey(inner) else (self._colored, self._grey)
        fitted = next((one for one in wanted if one.ready), None)
        if fitted is None or not inner.size:
            return found
        features = pixel_features(inner, grey=fitted is self._grey)
        classifier = fitted.classifier()
        said = without_grain(classifier.probabilities(
            features.reshape(len(features), -1), lambda: None).reshape(-1, *features.shape[1:]))
        chances = said.astype(np.float32) / np.float32(255)
        if classifier.bias[0, 0] == _NEVER and len(chances) > 2:
            # nobody painted the ground: against a class stands the next likeliest
            chances[0] = np.partition(chances[1:], -2, axis=0)[-2]
        chances /= np.maximum(chances.sum(0), _TINY)
        found[(slice(None), *window)] = chances
        return found

    def parameter_groups(self, settings: Mapping[str, Value]) -> list[dict[str, object]]:
        return [{"params": list(self._module.parameters())}]

    def load_pretrained(self, state: Mapping[str, Tensor]) -> list[str]:
        """Nothing is taken over: all is fitted anew."""
        return list(self._module.state_dict())


class PaintedPixels:
    """Features of painted pixels of the training images, found once.

    Parameters
    ----------
    store, areas
        Pixels and labels of whole images, letterboxed; the training images are the first ``count``.
    """

    def __init__(self, store: ImageStore, areas: AreaStore, count: int, seed: int) -> None:
        self._store, self._areas, self._count, self._seed = store, areas, count, seed
        self._known: dict[int, tuple[NDArray[np.float16], NDArray[np.int64]]] = {}
        self._most = min(_MOST, max(_LEAST, _MOST_OF_CLASS // max(1, count)))

    def look(self, index: int) -> None:
        """Find those of one image, where they are not known."""
        if index in self._known:
            return
        [pixels] = self._store.get([index])
        place = Letterbox.fit(self._store.samples[index].size, self._store.input_size)
        (left, top), (width, height) = place.offset, place.inner
        window = np.s_[top:top + height, left:left + width]
        areas = self._areas.get(index)[window]
        if index in self._store.broken or (areas == UNKNOWN).all():
            self._known[index] = np.zeros((0, 0), np.float16), np.zeros(0, np.int64)
            return
        features = pixel_features(np.ascontiguousarray(pixels.transpose(1, 2, 0)[window]))
        found, truth = sampled(areas, features, self._most,
                               np.random.default_rng([self._seed % 2**32, index]), UNKNOWN)
        self._known[index] = found.astype(np.float16), truth

    def all(self) -> list[tuple[NDArray[np.float16], NDArray[np.int64]]]:
        """(N, F) and the values in the map (N,) of each image; they are forgotten after that."""
        for index in range(self._count):
            self.look(index)  # of a run that goes on, some were found before it ended
        found = [self._known[index] for index in range(self._count)]
        self._known.clear()
        return found


class WholeImages(EpochLoader[AreaBatch]):
    """Whole images with their labels; what the fit needs of them is found on the way."""

    def __init__(self, store: ImageStore, areas: AreaStore, pixels: PaintedPixels, order: Order,
                 device: torch.device) -> None:
        super().__init__(order, device, ahead_of_use=False)
        self._store, self._areas, self._pixels, self._device = store, areas, pixels, device

    def make(self, indices: IntArray, epoch: int, index: int, progress: float) -> AreaBatch:
        """One batch; ``epoch`` and ``progress`` change nothing."""
        chosen = [int(item) for item in indices]
        for item in chosen:
            self._pixels.look(item)
        images = torch.from_numpy(np.ascontiguousarray(self._store.get(chosen)))
        areas = torch.from_numpy(np.stack([self._areas.get(item) for item in chosen]))
        return AreaBatch(images.to(self._device), areas.to(self._device), index)


def attached(model: InstantAreas, store: ImageStore, areas: AreaStore, count: int, seed: int,
             batch_size: int, order: Order, device: torch.device) -> WholeImages:
    """What gives ``model`` the ``count`` training images."""
    pixels = PaintedPixels(store, areas, count, seed)
    model.attach(pixels, batches_per_epoch(count, batch_size))
    return WholeImages(store, areas, pixels, order, device)


def _within_bars(pixels: Rgb) -> tuple[slice, slice]:
    """Rows and columns without the bars of the letterbox at two sides."""
    picture = (pixels != FILL).any(2)
    spans = []
    for axis in (1, 0):
        there = np.flatnonzero(picture.any(axis))
        spans.append(slice(int(there[0]), int(there[-1]) + 1) if there.size else slice(0, 0))
    return cast("tuple[slice, slice]", tuple(spans))


def build_instant(context: BuildContext) -> InstantAreas:
    return InstantAreas(context)
