"""Steps of classifiers of sounds and pictures, and of detectors of calls, as a GPU takes them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from tests.engine.queued_step import MadeBatch, look_at_nothing, looked_at, made_parts
from tests.engine.taped import TapeRecorder
from workbench.engine.training.muon import Muon
from workbench.engine.training.recorded import WARM, RecordedStep
from workbench.engine.training.step import StepTaker
from workbench.extension.calls import CallContext, CallFacts
from workbench.extension.model import ModelContext
from workbench.extension.sounds import SoundContext, SoundFacts
from workbench.tasks.image_classification.dataset import ImageFacts
from workbench.tasks.image_classification.engine.model import build_lenet, build_torchvision
from workbench.tasks.image_classification.engine.objectives import NumberObjective, TagsObjective
from workbench.tasks.sound_classification.engine.features import FeatureSettings
from workbench.tasks.sound_classification.engine.model import SoundClassifier
from workbench.tasks.sound_detection.engine.loss import NOTHING, UNKNOWN
from workbench.tasks.sound_detection.engine.model import CallDetector

Made = tuple[Any, Callable[[], Tensor], Callable[[], Tensor]]
"""A model, and what makes its inputs and targets."""

FEATURES = FeatureSettings(sample_rate=8000, seconds=0.5, n_fft=256, hop_length=80, n_mels=40,
                           high=4000.0)


def kinds() -> Tensor:
    return torch.eye(2)[[0, 1, 0, 1]]


def sounds(network: str = "mel-cnn") -> Made:
    facts = SoundFacts(9, FEATURES.to_json(), (3, 3))
    context = SoundContext(("a", "b"), {"precision": "32"}, facts, "cpu")
    return (SoundClassifier(network, context),
            lambda: torch.randn(4, FEATURES.rows, FEATURES.frames), kinds)


def pictures(kind: str = "class", network: str = "lenet") -> Made:
    facts = ImageFacts(8, (4, 4), 28, True, kind)
    settings = {"network": "resnet18", "train_layers": "all", "smoothing": 0.1}
    context = ModelContext(("a", "b"), settings, facts, "cpu")
    side = 28 if network == "lenet" else 64
    return ((build_lenet if network == "lenet" else build_torchvision)(context),
            lambda: torch.randint(0, 256, (4, 3, side, side), dtype=torch.uint8), kinds)


def calls() -> Made:
    spectrum = {"sample_rate": 16_000, "n_fft": 256, "hop_length": 128, "frames": 64, "rows": 64}
    context = CallContext(("a", "b"), {"precision": "32"}, CallFacts(spectrum, (3, 3)), "cpu")
    rows = [[0.0, 2, 2, 9, 6], [1, 3, 4, 6, 12], [UNKNOWN, 0, 12, 4, 15], [NOTHING, 0, 0, 0, 0]]
    return (CallDetector(context), lambda: torch.randn(4, 2, 64, 64),
            lambda: torch.tensor([rows] * 4))


MADE: dict[str, Callable[[], Made]] = {
    "mel-cnn": sounds, "sound cnn": lambda: sounds("cnn"), "lenet": pictures,
    "tags": lambda: pictures("tags"), "resnet": lambda: pictures("class", "resnet"),
    "calls": calls,
}


# the others in tests/reliability/test_wider_steps.py
ON = {"cuda": ("mel-cnn", "tags", "calls"), "cpu": ("lenet",)}
"""What is tried on which device."""


@pytest.mark.parametrize(("device", "kind"), [
    (device, kind) for device, kinds in ON.items() for kind in kinds])
def test_no_number_is_looked_at_in_a_step(
    device: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, inputs, targets = MADE[kind]()
    losses = look_at_nothing(made, device, inputs, targets, monkeypatch)
    assert losses.shape == (4 if kind == "calls" else 3,)


@pytest.mark.parametrize("kind", ["mel-cnn", "tags", "lenet", "calls"])
def test_no_gradient_looks_at_a_number(kind: str) -> None:
    made, inputs, targets = MADE[kind]()
    made.module.train()
    groups = [{"params": list(made.module.parameters()), "lr": 0.01, "weight_decay": 0.01}]
    taker = StepTaker(made_parts(made, "cpu", [Muon(groups, lr=0.01)]), queued=True)
    step = partial(taker._queued, inputs(), targets())
    step()
    assert looked_at(step) == []


@pytest.mark.parametrize("kind", ["mel-cnn", "tags", "calls"])
def test_a_queued_step_equals_one_that_looks(kind: str) -> None:
    made, inputs, targets = MADE[kind]()
    batch = MadeBatch(inputs(), targets())
    found = []
    for queued in (False, True):
        model = copy.deepcopy(made)
        model.module.train()
        groups = [{"params": list(model.module.parameters()), "lr": 0.01, "weight_decay": 0.01}]
        taker = StepTaker(made_parts(model, "cpu", [Muon(groups, lr=0.01)]), queued=queued)
        losses = []
        for step in range(3):
            torch.manual_seed(step)  # for dropout
            losses.append(taker.take(batch, []).read())
        found.append(losses)
    for one, other in zip(*found, strict=True):
        assert one[1] and other[1] and one[0] == pytest.approx(other[0], rel=1e-3)


@pytest.mark.parametrize("kind", ["mel-cnn", "tags", "calls"])
def test_operations_alone_are_the_whole_step(kind: str) -> None:
    made, inputs, targets = MADE[kind]()
    batch = MadeBatch(inputs(), targets())
    found = []
    for recorded in (False, True):
        model = copy.deepcopy(made)
        model.module.train()
        groups = [{"params": list(model.module.parameters()), "lr": 0.01, "weight_decay": 0.01}]
        parts = made_parts(model, "cpu", [Muon(groups, lr=0.01)])
        taker = StepTaker(parts, queued=True)
        if recorded:
            taker._queue = RecordedStep(taker._queued, TapeRecorder(parts), print, taker._clear)
        losses = []
        for step in range(WARM + 4):
            torch.manual_seed(step)  # for dropout
            losses.append(taker.take(batch, []).read()[0]["loss"])
        found.append(losses)
    assert found[1] == pytest.approx(found[0], rel=1e-3)


def test_samples_that_cannot_be_read_count_for_nothing() -> None:
    torch.manual_seed(0)
    logits, targets = torch.randn(5, 3), (torch.rand(5, 3) < 0.5).float()
    targets[1], targets[4] = torch.nan, torch.nan
    known = [0, 2, 3]
    expected = functional.binary_cross_entropy_with_logits(
        logits[known], targets[known] * 0.9 + 0.05)
    torch.testing.assert_close(TagsObjective().loss(logits, targets, 0.1), expected)
    number = NumberObjective(2.0, 3.0)
    expected = functional.smooth_l1_loss(logits[known, :1], (targets[known, :1] - 2) / 3)
    torch.testing.assert_close(number.loss(logits[:, :1], targets[:, :1], 0.0), expected)
    nothing = torch.full((5, 3), torch.nan)
    assert float(TagsObjective().loss(logits, nothing, 0.1)) == 0
