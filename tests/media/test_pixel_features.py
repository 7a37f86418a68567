"""What filters say of each pixel."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core.arrays import Rgb
from workbench.media.images.pixel_features import pixel_features


def picture(height: int, width: int, *, grey: bool = False) -> Rgb:
    colors = np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8)
    return np.repeat(colors[..., :1], 3, 2) if grey else colors


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (3, 5), (33, 41)])
def test_images_of_any_size_are_described(shape: tuple[int, int]) -> None:
    found = pixel_features(picture(*shape))
    assert found.shape[1:] == shape and np.isfinite(found).all()


def test_grey_images_have_fewer_features_than_colours() -> None:
    assert len(pixel_features(picture(20, 20, grey=True))) < len(pixel_features(picture(20, 20)))


def test_they_are_the_same_however_the_picture_is_turned() -> None:
    colors = picture(64, 64)
    usual = pixel_features(colors).astype(np.float32)
    turned = pixel_features(np.rot90(colors).copy()).astype(np.float32)
    apart = np.abs(np.rot90(usual, axes=(1, 2)) - turned)
    assert np.median(apart) < 1e-3 and np.quantile(apart, 0.99) < 0.02


def test_who_wants_it_no_more_ends_it() -> None:
    class Enough(Exception):
        pass

    def check() -> None:
        raise Enough

    with pytest.raises(Enough):
        pixel_features(picture(8, 8), check)
