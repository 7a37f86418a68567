"""A run that goes on until nothing improves: when it ends, and that a break changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_project import curve, make_project

from workbench.core.errors import UsageError
from workbench.engine.training.checkpoint import Position
from workbench.engine.training.control import TrainControl
from workbench.engine.training.patience import Patience, most_epochs
from workbench.engine.training.preflight import preflight
from workbench.engine.training.train import resume, train
from workbench.extension.registry import load
from workbench.extension.training import schedules
from workbench.jobs.commands import TrainRequest
from workbench.jobs.events import Epoch, Event, Step
from workbench.project.datasets.splits import Split, save_split

BATCHES = 50


def ended(scores: list[float], most: int = 150) -> tuple[int, int]:
    """The epoch after which it cools down, and its last one; the last score goes on for ever."""
    position = Position()
    patience = Patience(position, most, usual=20)
    while position.epoch <= patience.last_epoch(BATCHES):
        patience.look(scores[min(position.epoch, len(scores)) - 1], BATCHES)
        position.epoch += 1
    return position.cooling, position.epoch - 1


def test_it_ends_a_while_after_the_last_gain() -> None:
    assert ended([0.1, 0.2, 0.3]) == (11, 14)
    later = ended([0.01 * epoch for epoch in range(1, 41)])
    assert later[0] > 40 and later[1] > later[0]


def test_a_gain_that_is_only_noise_does_not_lengthen_it() -> None:
    noisy = [0.5 + 0.001 * (epoch % 2) for epoch in range(150)]
    assert ended(noisy) == ended([0.5])


def test_it_ends_where_the_score_never_rises_or_is_no_number() -> None:
    assert ended([0.0])[1] < 20 and ended([float("nan")])[1] < 20


def test_it_ends_at_most_where_small_data_would_be_known_by_heart() -> None:
    assert ended([0.003 * epoch for epoch in range(1, 400)]) == (120, 150)
    assert most_epochs(50) == 150 and most_epochs(2) == 1000


@pytest.mark.parametrize("name", ["cosine", "one-cycle"])
def test_the_rate_is_high_until_then_and_falls_to_its_end(name: str) -> None:
    def factor(done: float) -> float:
        schedule = schedules.get(name)
        top = load(schedule.peak)(0.05)
        at = patience.schedule_progress(done, top, BATCHES)
        return float(load(schedule.factor)(at, 0.05))

    position = Position()
    patience = Patience(position, 150, usual=20)
    assert factor(0) == pytest.approx(0.1)
    assert factor(10) == factor(60) == pytest.approx(1)
    position.epoch, position.cooling = 41, 40
    assert patience.last_epoch(BATCHES) == 50
    assert 0.3 < factor(45) < 0.7 and factor(50) == pytest.approx(0.01)


def wish(**options: Any) -> TrainRequest:
    return TrainRequest(recipe="tiny", device="cpu", until_best=True, **options)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits for three epochs only."""
    monkeypatch.setattr("workbench.engine.training.patience._WAIT_STEPS", 1)
    monkeypatch.setattr("workbench.engine.training.patience._WAIT_EPOCHS", 3)


@pytest.mark.usefixtures("impatient")
def test_a_training_ends_by_itself_and_says_how_far_it_is(project: Path) -> None:
    told: list[Event] = []
    run = train(project, wish(settings={"lr": 1e-8}), told.append, TrainControl())
    steps = [event for event in told if isinstance(event, Step)]
    epochs = [event.epoch for event in told if isinstance(event, Epoch)]
    assert run.state["state"] == "finished" and 5 <= len(epochs) < 20
    assert run.config["until_best"] and run.config["epochs"] >= 150
    assert steps[0].eta_seconds < 0 <= steps[-1].eta_seconds
    assert steps[-1].epochs == epochs[-1] and steps[-1].progress == pytest.approx(1)
    assert all(0 <= event.progress <= 1 and event.epoch <= event.epochs for event in steps)
    assert steps[-1].lr < steps[len(steps) // 3].lr


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("cooling", "settings"), [
    (False, {}), (True, {"augment.mosaic": 0.9, "augment.until": 0.5}),
])
def test_a_break_changes_nothing(tmp_path: Path, cooling: bool, settings: dict[str, Any]) -> None:
    whole: list[Event] = []
    one = train(make_project(tmp_path / "one"), wish(settings=settings), whole.append,
                TrainControl())
    last = max(event.epoch for event in whole if isinstance(event, Epoch))
    at = last - 1 if cooling else 2
    control = TrainControl()

    def listen(event: Event) -> None:
        if isinstance(event, Epoch) and event.epoch == at:
            control.abandon()

    project = make_project(tmp_path / "other")
    begun = train(project, wish(settings=settings), listen, control)
    assert begun.state["state"] == "interrupted"
    rest: list[Event] = []
    other = resume(project, begun.name, rest.append, TrainControl())
    assert curve(whole)[-len(curve(rest)):] == curve(rest)
    ends = [torch.load(run.checkpoint_path, weights_only=True)["model"] for run in (one, other)]
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])


def test_without_validation_images_it_takes_the_usual_length_and_says_so(tmp_path: Path) -> None:
    project = make_project(tmp_path / "small", images=6, val=1, test=1)
    keys = [f"images/{number:03d}.png" for number in range(6)]
    save_split(project, Split(name="blind", train=keys, val=[], test=[], origin="test"))
    answer = preflight(project, wish(split="blind"), lambda _: None, TrainControl())
    assert answer.split["val"] == 0
    assert any("stops improving" in words for words in answer.warnings)


def test_the_preflight_says_that_the_length_is_open(project: Path) -> None:
    answer = preflight(project, wish(), lambda _: None, TrainControl())
    assert "until it stops improving" in answer.words


def test_it_cannot_be_asked_for_with_minutes(project: Path) -> None:
    with pytest.raises(UsageError, match="not both"):
        train(project, wish(minutes=1.0), lambda _: None, TrainControl())
