"""What makes predicting quick changes no answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from workbench.engine.data.images import ModelImage, picture_of_frame
from workbench.engine.models.fusing import fuse_norms
from workbench.tasks.detection.engine.compact.model import CompactDetector
from workbench.tasks.detection.engine.compact.plan import GridPlan
from workbench.tasks.detection.engine.detect import detect_pictures

CPU = torch.device("cpu")


def detector() -> CompactDetector:
    """One whose norms have seen something, and which finds a lot."""
    torch.manual_seed(3)
    model = CompactDetector("n", 2, GridPlan((64, 64), (8, 16), (20.0, 20.0), ""))
    for _ in range(3):
        model.module(torch.randint(0, 255, (4, 3, 64, 64), dtype=torch.uint8))
    for name, tensor in model.module.state_dict().items():
        if name.endswith("scores.weight"):
            tensor.mul_(30)
    model.module.eval()
    return model


def pictures() -> list[ModelImage]:
    rng = np.random.default_rng(1)
    return [picture_of_frame(rng.integers(0, 255, (50, 60, 3), dtype=np.uint8), (64, 64))
            for _ in range(11)]


def nothing() -> None:
    pass


def test_norms_in_convolutions_and_batches_side_by_side_find_the_same() -> None:
    model = detector()
    before = [found for _, found in detect_pictures(model, pictures(), 4, CPU, nothing)]
    assert fuse_norms(model.module) > 15
    assert not any(isinstance(item, torch.nn.BatchNorm2d) for item in model.module.modules())
    threads = torch.get_num_threads()
    after = [found for _, found in detect_pictures(model, pictures(), 3, CPU, nothing, workers=2)]
    assert torch.get_num_threads() == threads
    assert len(after) == len(before) == 11 and min(map(len, before)) > 10
    for one, other in zip(before, after, strict=True):
        assert len(one) == len(other)
        np.testing.assert_allclose(np.sort(one.scores), np.sort(other.scores), atol=1e-4)
        np.testing.assert_allclose(np.sort(one.boxes, 0), np.sort(other.boxes, 0), atol=1e-2)


def test_a_fault_in_one_of_several_batches_is_told_and_ends_them() -> None:
    class Broken:
        def detect(self, _images: torch.Tensor) -> list[object]:
            raise ZeroDivisionError

    broken: Any = Broken()
    with pytest.raises(ZeroDivisionError):
        list(detect_pictures(broken, pictures(), 2, CPU, nothing, workers=2))
