from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))

import tiny_sounds
import torch

from workbench.engine.training.control import TrainControl
from workbench.engine.training.train import train
from workbench.jobs.commands import TrainRequest
from workbench.project.runs import RunFolder


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    """A project of 36 generated clips by three speakers."""
    return tiny_sounds.make_sounds(tmp_path / "sounds")


@pytest.fixture(scope="package")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunFolder]:
    """A run that has learned them, held back: cem."""
    project = tiny_sounds.make_sounds(tmp_path_factory.mktemp("heard") / "sounds")
    request = TrainRequest(epochs=12, device="cpu",
                           settings={"split.test_groups": "cem", "batch_size": 8})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        torch.set_num_threads(1)
        yield train(project, request, lambda event: None, TrainControl())
