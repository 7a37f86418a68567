"""Further variants of what the main suite tries with one of its kind."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tiny_project import use_tiny_recipe

from tests.cli.test_cli import (
    test_a_reader_that_is_gone_does_not_end_a_training as reader_is_gone,
)
from tests.engine.export.test_other_models import noise
from tests.engine.export.test_other_models import (
    test_a_model_that_looks_again_does_so_elsewhere as looks_again,
)
from tests.engine.pictures.test_kinds import test_a_number_is_learned_and_told as number_is_learned
from tests.engine.pictures.test_model import LARGE
from tests.engine.pictures.test_model import test_one_step_lowers_the_loss as step_lowers_the_loss
from tests.engine.sounds.test_training import test_every_recipe_learns_a_step as learns_a_step
from workbench.tasks.image_classification.recipes import RECIPES

__all__ = ["noise"]  # a fixture


@pytest.fixture(autouse=True)
def tiny_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    use_tiny_recipe(monkeypatch)
    torch.set_num_threads(1)


def test_a_reader_of_events_that_is_gone_does_not_end_a_training(tmp_path: Path) -> None:
    reader_is_gone(tmp_path, ("--json",))


@pytest.mark.parametrize("recipe", sorted(LARGE))
def test_one_step_of_a_large_network_lowers_the_loss(recipe: str) -> None:
    step_lowers_the_loss(next(item for item in RECIPES if item.id == recipe))


def test_a_number_is_learned_instantly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number_is_learned("instant", 1, tmp_path, capsys)


def test_a_large_network_for_sounds_learns_a_step(tmp_path: Path) -> None:
    learns_a_step(tmp_path, "sound-resnet18")


def test_a_model_that_looks_again_without_scores_does_so_elsewhere(
    noise: Path, tmp_path: Path
) -> None:
    looks_again(noise, tmp_path, "on")
