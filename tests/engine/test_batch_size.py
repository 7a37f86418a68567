"""The batch and the rate that are chosen for a card, by its memory and the number of images."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from tiny_project import make_project

from tests.engine.steering import request
from workbench.engine.training.advice import batch_text
from workbench.engine.training.batch_size import fitting_batch, rate_factor
from workbench.engine.training.plan import TrainPlan
from workbench.engine.training.planning import make_plan, suited_rate
from workbench.extension.registry import recipes
from workbench.jobs.commands import TrainRequest

GB = 2**30


@pytest.mark.parametrize(("wanted", "each", "memory", "batch"), [
    (64, 10 * 2**20, 24 * GB, 64),
    (64, 550 * 2**20, 24 * GB, 16),
    (8, 550 * 2**20, 4 * GB, 4),
    (8, 3 * GB, 4 * GB, 1),
    (64, 0, 4 * GB, 64),  # what a sample takes is not known
    (48, 2**20, 24 * GB, 48),
])
def test_a_batch_fits_into_the_memory_of_the_card(
        wanted: int, each: int, memory: int, batch: int) -> None:
    assert fitting_batch(wanted, each, memory) == batch


def test_the_rate_rises_with_the_root_of_the_batch_and_no_further_than_twice() -> None:
    assert rate_factor(16, 16) == 1.0 and rate_factor(8, 16) == 1.0
    assert rate_factor(32, 16) == pytest.approx(2**0.5)
    assert rate_factor(64, 16) == rate_factor(1024, 16) == 2.0


def plan_for(
    project: Path, monkeypatch: pytest.MonkeyPatch, wish: TrainRequest, gigabytes: int = 0,
    images: int = 640,
) -> TrainPlan:
    """A plan for a card with so much memory, or for the processor; with so many images."""
    plan = make_plan(project, replace(wish, device="cpu"), lambda text, done, total: None)
    made = replace(plan, data=replace(plan.data, train=plan.train * images))
    if not gigabytes:
        return made
    monkeypatch.setattr(torch.cuda, "get_device_properties",
                        lambda device: SimpleNamespace(total_memory=gigabytes * GB))
    made = replace(made, device=torch.device("cuda"))
    return replace(made, settings=suited_rate(made, wish.settings))


def chosen(plan: TrainPlan) -> tuple[int, Any]:
    return plan.batch_size, plan.settings["lr"]


def test_a_card_learns_from_more_at_once(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wish = request(recipe="compact-n")
    assert chosen(plan_for(project, monkeypatch, wish)) == (16, 0.02)
    large = plan_for(project, monkeypatch, wish, 24)
    assert chosen(large) == (64, 0.04)
    assert batch_text(large).startswith("64 images in a step, learning rate 0.04, chosen for")
    few = plan_for(project, monkeypatch, wish, 24, images=20)  # at least eight steps an epoch
    assert few.batch_size < 64 and few.batch_size * 8 <= len(few.train)
    heavy = request(recipe="fasterrcnn-resnet50-fpn-v2")
    assert plan_for(project, monkeypatch, heavy, 24).batch_size == 8
    assert plan_for(project, monkeypatch, heavy, 4).batch_size == 4


def test_on_a_processor_the_one_that_knows_photos_takes_smaller_steps_at_the_same_rate(
        project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wish = request(recipe="compact-lite0")
    assert chosen(plan_for(project, monkeypatch, wish)) == (8, 0.02)
    few = plan_for(project, monkeypatch, wish, images=5)  # at least eight steps an epoch
    assert few.batch_size < 8
    given = request(recipe="compact-lite0", settings={"batch_size": 16})
    assert chosen(plan_for(project, monkeypatch, given)) == (16, 0.02)
    assert chosen(plan_for(project, monkeypatch, wish, 24)) == (64, 0.04)


def test_what_a_person_chose_stays(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for given in ({"lr": 0.01}, {"batch_size": 32}, {"lr": 0.01, "batch_size": 32}):
        plan = plan_for(project, monkeypatch, request(recipe="compact-n", settings=given), 24)
        assert chosen(plan) == (given.get("batch_size", 64), given.get("lr", 0.02))
    assert not batch_text(plan)


def test_nothing_is_said_of_a_processor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_for(make_project(tmp_path / "p"), monkeypatch, request(recipe="compact-n"))
    assert not batch_text(plan)


def test_what_a_step_keeps_is_known_of_every_detector_that_comes_with_the_program() -> None:
    ours = [item for item in recipes if item.build.startswith("workbench.tasks.detection")]
    assert ours and all(item.bytes_a_pixel for item in ours)
    areas = [item for item in recipes if item.bytes_a_class]
    assert areas and all(item.learned_bytes(512, 512, 100) > 1.5 * item.learned_bytes(512, 512, 2)
                         for item in areas), "a score of each class is kept for each pixel"
