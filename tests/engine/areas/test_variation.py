"""Labels go where the pixels go."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from workbench.core.class_maps import UNKNOWN
from workbench.core.schema import Value
from workbench.tasks.segmentation.engine.variation import pieces

STRONG: dict[str, Value] = {"augment": True, "augment.brightness": 0.0, "augment.contrast": 0.0,
          "augment.saturation": 0.0, "augment.hue": 0.0, "augment.flip_y": 0.5}


def cut(settings: dict[str, Value], progress: float = 0.0, crop: tuple[int, int] = (64, 48),
        seed: int = 0) -> tuple[Tensor, Tensor]:
    """Pieces of pictures whose value is 50 where nothing is, and 200 where class 1 is."""
    areas = torch.zeros(8, 96, 128, dtype=torch.uint8)
    areas[:, 20:70, 30:90] = 1
    images = torch.where(areas[:, None] == 1, 200, 50).to(torch.uint8).expand(8, 3, 96, 128)
    generator = torch.Generator().manual_seed(seed)
    return pieces(images, areas, crop, generator, settings, progress)


@pytest.mark.parametrize("any_way_up", [False, True])
def test_labels_lie_on_what_they_label(any_way_up: bool) -> None:
    images, areas = cut({**STRONG, "any_way_up": any_way_up})
    assert images.shape == (8, 3, 48, 64) and areas.shape == (8, 48, 64)
    grey = images[:, 0].float()
    # away from borders, where pixels of both kinds are mixed
    assert (grey[areas == 1] > 150).float().mean() > 0.97
    assert (grey[areas == 0] < 90).float().mean() > 0.97
    assert set(areas.unique().tolist()) <= {0, 1, UNKNOWN}


def test_nothing_but_the_place_varies_at_the_end() -> None:
    images, areas = cut({**STRONG, "augment.until": 0.5}, progress=0.6)
    assert set(images.unique().tolist()) == {50, 200}  # neither scaled nor turned
    assert UNKNOWN not in areas
    assert len({item.sum().item() for item in areas}) > 1


def test_without_variation_whole_images_stay_as_they_are() -> None:
    images, areas = cut({"augment": False}, crop=(128, 96))
    assert (areas[0, 20:70, 30:90] == 1).all() and (areas == 1).sum() == 8 * 50 * 60
    assert (images[0, :, 20:70, 30:90] == 200).all()


def test_images_that_can_be_any_way_up_are_turned() -> None:
    usual = cut({**STRONG, "augment.flip_y": 0.0})[1]
    turned = cut({**STRONG, "any_way_up": True})[1]
    assert not torch.equal(usual, turned)


def test_the_same_chance_gives_the_same_pieces() -> None:
    once, again, other = (cut(STRONG, seed=seed)[0] for seed in (1, 1, 2))
    assert torch.equal(once, again) and not torch.equal(once, other)
