"""The network is the one that the weights were trained for."""

from __future__ import annotations

import pytest
import torch

from workbench.core.errors import WorkbenchError
from workbench.engine.models.download import download
from workbench.engine.models.efficientnet_lite import (
    EfficientNetLite0,
    renamed,
)
from workbench.engine.models.weight_files import load_weights
from workbench.engine.models.weights import is_available
from workbench.extension.recipe import LITE0, Weights


@pytest.fixture(scope="module")
def network() -> EfficientNetLite0:
    found = EfficientNetLite0().eval()
    found.load_state_dict(renamed(load_weights(LITE0)))
    return found


@pytest.fixture
def images() -> torch.Tensor:
    chance = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, (2, 3, 96, 128), generator=chance, dtype=torch.uint8)


def test_it_equals_the_reference(network: EfficientNetLite0, images: torch.Tensor) -> None:
    from efficientnet_lite_pytorch import EfficientNet

    reference = EfficientNet.from_name("efficientnet-lite0").eval()
    reference.load_state_dict(load_weights(LITE0))
    with torch.inference_mode():
        assert torch.allclose(network(images), reference((images.float() - 127) / 128), atol=1e-5)


def test_folding_changes_nothing(network: EfficientNetLite0, images: torch.Tensor) -> None:
    with torch.inference_mode():
        assert torch.allclose(network.features(images), network.folded().features(images),
                              atol=1e-4)


def test_weights_of_a_package_are_never_fetched() -> None:
    assert is_available(LITE0)
    gone = Weights("none.pth", "", "00", 1, "some weights", package="no_such_package:none.pth")
    assert not is_available(gone)
    with pytest.raises(WorkbenchError, match="package no-such-package, which is not installed"):
        download(gone, lambda done, total: None)
