"""What the events of a run say; a resumed run draws on where its checkpoint was."""

from __future__ import annotations

from typing import get_args

import pytest

from workbench.gui.train.header import figures
from workbench.gui.train.history import RunHistory
from workbench.jobs.events import (
    Checkpoint,
    Epoch,
    Event,
    Failed,
    Finished,
    LogLine,
    Paused,
    PreflightDone,
    Preview,
    Progress,
    Ready,
    Started,
    Step,
    Unpaused,
)

CONFIG = {"recipe": "compact-n", "batch_size": 8, "epochs": 4}
STEPS = 10


def step(number: int, loss: float | None = None, epochs: int = 4) -> Step:
    value = 100.0 - number if loss is None else loss
    return Step("j", (number - 1) // STEPS + 1, epochs, number, epochs * STEPS,
                {"loss": value, "box": value / 2}, 0.001 * number, 16.0,
                {"data": 0.25, "forward": 0.75}, number / (epochs * STEPS), 5.0)


def epoch(number: int, score: float, best: bool = True) -> list[Event]:
    metrics = {"map": score / 2, "map_50": score, "val_images": 3.0}
    images = [{"file": "a.png", "boxes": [[1, 2, 3, 4]], "labels": ["cat"], "scores": [0.9]}]
    return [Epoch("j", number, 4, {"loss": 1.0}, metrics, 2.0, best), Preview("j", number, images)]


def run(up_to: int) -> list[Event]:
    """Started and the first ``up_to`` steps with the epochs between them."""
    events: list[Event] = [Started("j", "run-1", CONFIG)]
    for number in range(1, up_to + 1):
        events.append(step(number))
        if number % STEPS == 0:
            events += epoch(number // STEPS, 0.1 * (number // STEPS))
    return events


def test_curves_lie_over_the_epochs() -> None:
    history = RunHistory.of("run-1", run(20))
    assert history.loss is not None
    assert history.loss.x[[0, 9, 19]].tolist() == pytest.approx([0.1, 1.0, 2.0])
    assert history.losses["box"].last == 40.0
    assert history.metrics["map_50"].x.tolist() == [1.0, 2.0]
    assert (history.best_epoch, history.best_value) == (2, pytest.approx(0.1))
    assert history.main_metric == "map"
    assert history.times == {"data": 0.25, "forward": 0.75}
    assert history.step_seconds == pytest.approx(0.5)
    assert sorted({image.epoch for row in history.previews.values() for image in row}) == [1, 2]


def test_the_best_is_the_epoch_that_was_kept_not_the_last() -> None:
    history = RunHistory.of("run-1", [*run(10), *epoch(2, 0.05, best=False)])
    assert (history.best_epoch, history.best_value) == (1, pytest.approx(0.05))


def test_the_best_epoch_is_told_by_the_figure_it_was_chosen_by() -> None:
    history = RunHistory.of("run-1", run(10))
    history.apply(Epoch("j", 2, 4, {}, {"map": 0.30, "map_50": 0.60}, 2.0, True))
    history.apply(Epoch("j", 3, 4, {}, {"map": 0.25, "map_50": 0.90}, 2.0, False))
    assert (history.main_metric, history.best_epoch, history.best_value) == ("map", 2, 0.30)


def test_why_a_run_failed_begins_with_a_capital() -> None:
    failed = RunHistory.of("run-1", [*run(4), Failed("j", "the loss is not a number any more")])
    assert figures(failed) == "The loss is not a number any more"


@pytest.mark.parametrize("died_at", [13, 20, 27])
def test_a_resumed_run_equals_one_that_never_stopped(died_at: int) -> None:
    whole = RunHistory.of("run-1", [*run(40), Finished("j", "finished", {})])
    checkpoint = 12  # in the middle of the second epoch
    events = run(40)
    rest = events[events.index(step(checkpoint)) + 1:]
    again = [Started("j2", "run-1", CONFIG, resumed_at_epoch=2), *rest]
    resumed = RunHistory.of("run-1", [*run(died_at), Failed("j", "it died", resumable=True)])
    assert resumed.state == "failed"
    for event in again:
        resumed.apply(event)
    resumed.apply(Finished("j2", "finished", {}))
    for name in ("loss", "box"):
        assert resumed.losses[name].x.tolist() == whole.losses[name].x.tolist()
        assert resumed.losses[name].y.tolist() == whole.losses[name].y.tolist()
        assert resumed.losses[name].mean.tolist() == pytest.approx(
            whole.losses[name].mean.tolist())
    assert resumed.metrics["map_50"].y.tolist() == whole.metrics["map_50"].y.tolist()
    assert resumed.previews == whole.previews
    assert (resumed.state, resumed.best_epoch) == ("finished", whole.best_epoch)


def test_an_epoch_without_validation_and_a_loss_without_a_number_are_gaps() -> None:
    history = RunHistory.of("run-1", run(10))
    history.apply(Step("j", 2, 4, 11, 40, {"loss": None}, 0.1, 1.0, {}, 0.3, 1.0))  # type: ignore[dict-item]
    history.apply(Epoch("j", 2, 4, {}, {}, 1.0, False))
    assert history.loss is not None and len(history.loss) == 10
    assert len(history.metrics["map_50"]) == 1
    assert history.epoch == 2


def test_states_follow_the_events_and_are_announced() -> None:
    history = RunHistory()
    told: list[str] = []
    history.changed.connect(lambda: told.append(history.state))
    for event in (Progress("j", "Reading", 1, 2), Started("j", "run-1", CONFIG), step(1),
                  Paused("j"), Unpaused("j"), Finished("j", "stopped", {})):
        history.apply(event)
    assert told == ["starting", "running", "running", "paused", "running", "stopped"]
    assert history.ended and history.run == "run-1"


def test_checkpoint_age_counts_only_what_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("workbench.gui.train.history.time.monotonic", lambda: now)
    history = RunHistory()
    assert history.checkpoint_age() is None
    history.apply(Checkpoint("j", 1, "last.ckpt"))
    now = 112.0
    assert history.checkpoint_age() == 12.0
    assert RunHistory.of("run-1", [Checkpoint("j", 1, "x")]).checkpoint_age() is None


def test_every_kind_of_event_can_be_applied() -> None:
    """A new message that the history does not know must not stop the drawing."""
    history = RunHistory()
    events = [*run(10), Progress("j", "x"), Checkpoint("j", 1, "p"), Paused("j"), Unpaused("j"),
              Failed("j", "no"), Finished("j", "finished", {})]
    missing = set(get_args(Event)) - {type(event) for event in events}
    others = {kind.__name__ for kind in missing - {Ready, PreflightDone, LogLine}}
    assert others <= {"ListenResult", "Explained", "Predictions", "WatchResult", "PairReady",
                      "Embedded", "MaskFound"}  # they belong to no run
    for event in events:
        history.apply(event)


def test_how_much_of_the_validation_samples_was_looked_at() -> None:
    events = run(10)
    assert RunHistory.of("run-1", events).looked_at == (3, 3), "runs of before do not say how many"
    config = {**CONFIG, "split": {"name": "default", "train": 70, "val": 20, "test": 10}}
    assert RunHistory.of("run-1", [Started("j", "run-1", config), *events[1:]]).looked_at == (3, 20)
