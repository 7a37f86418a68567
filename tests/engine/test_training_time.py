"""Trainings that end with their time, and what is known before one begins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.engine.steering import Listener, request
from workbench.engine.training.advice import is_less
from workbench.engine.training.control import TrainControl
from workbench.engine.training.preflight import preflight
from workbench.engine.training.train import train
from workbench.jobs.events import LogLine, Step
from workbench.tasks.detection.engine.augment import Variation
from workbench.tasks.detection.engine.batches import BatchLoader, DetectionBatch


def test_minutes_end_in_time_and_use_the_time(
    project: Path, listen: Listener, clock: SimpleNamespace
) -> None:
    clock.step = 0.1
    run = train(project, request(None, minutes=0.1), listen, listen.control, began=0.0)
    assert 2.0 < clock.now < 6.0
    assert run.state["state"] == "finished" and run.predictions_path("val").is_file()
    steps = listen.of(Step)
    assert steps[0].progress < 0.3 and steps[-1].progress > 0.8
    progress = [step.progress for step in steps]
    assert progress == sorted(progress)
    assert steps[-1].lr < 0.2 * max(step.lr for step in steps)


def test_minutes_end_when_the_images_were_seen_often_enough(
    project: Path, listen: Listener, clock: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.step = 0.1
    monkeypatch.setattr("workbench.engine.training.budget.ENOUGH", (6, 12))
    run = train(project, request(None, minutes=3.0), listen, listen.control, began=0.0)
    assert run.state["state"] == "finished" and run.predictions_path("val").is_file()
    steps = listen.of(Step)
    assert 4 <= steps[-1].step <= 40, "three minutes would be thousands of steps"
    assert steps[-1].progress > 0.8, "the schedule comes to its end, too"
    assert any("of 3 min are enough" in line.text for line in listen.of(LogLine))


@pytest.fixture
def steps_take(clock: SimpleNamespace) -> Callable[[float], None]:
    """Have each step of a training take so many seconds by its clock."""
    return lambda seconds: setattr(clock, "step", seconds)


def test_a_time_in_which_not_all_would_be_seen_is_stretched_at_its_beginning(
    project: Path, listen: Listener, steps_take: Callable[[float], None]
) -> None:
    steps_take(0.5)  # nine of them, and 1.5 s were left for learning
    wish = request(None, minutes=0.05, settings={"batch_size": 1})
    train(project, wish, listen, listen.control, began=0.0)
    said = [event for event in listen.events if isinstance(event, LogLine | Step)]
    place = next(at for at, event in enumerate(said)
                 if isinstance(event, LogLine) and "too short" in event.text)
    assert "3.0 s are too short to see every image once, so this" in said[place].text
    assert all(event.step < 4 for event in said[:place] if isinstance(event, Step))
    assert listen.of(Step)[-1].step >= 9
    assert not [event for event in listen.of(LogLine) if "had been seen" in event.text]


def test_a_time_that_is_much_too_short_is_told_and_kept(
    project: Path, listen: Listener, steps_take: Callable[[float], None]
) -> None:
    steps_take(1.4)
    train(project, request(None, minutes=0.05, settings={"batch_size": 1}), listen,
          listen.control, began=0.0)
    assert [event.text for event in listen.of(LogLine) if "too short" in event.text] == [
        "3.0 s are too short to see every image once, by far: stop, and give it more time."]
    assert listen.of(Step)[-1].step < 9


def test_the_preflight_tells_when_less_time_suffices(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.engine.training.budget.ENOUGH", (6, 12))
    long = preflight(project, request(None, minutes=3.0), lambda event: None, TrainControl())
    assert long.epochs == 6 and long.eta_seconds < 100
    assert any("of 3 min are enough: after 6 passes over the images" in words
               for words in long.warnings)
    monkeypatch.setattr("workbench.engine.training.budget.ENOUGH", (10**6, 10**6))
    short = preflight(project, request(None, minutes=3.0), lambda event: None, TrainControl())
    assert short.epochs > 6 and short.eta_seconds == 180 and not any(
        "are enough" in words for words in short.warnings)


def test_a_time_that_is_hardly_shorter_is_not_told() -> None:
    assert is_less(60, 2) and not is_less(115, 2), "about 2 min of 2 min"


def test_the_preflight_names_what_is_left_out(project: Path) -> None:
    files = sorted((project / "annotations").glob("*.xml"))
    files[0].write_text("<annotation>")
    done = preflight(project, request(1), lambda event: None, TrainControl())
    (words,) = [words for words in done.warnings if "left out" in words]
    assert words.startswith(f"{files[0].name} was left out: ") and words.count("left out") == 1
    files[1].write_text("")
    done = preflight(project, request(1), lambda event: None, TrainControl())
    assert any(words.endswith("; 1 other file too") for words in done.warnings)


@pytest.mark.parametrize(("epochs", "calm"), [(6, [6]), (20, [20])])
def test_images_are_hardly_varied_only_at_the_very_end(
    project: Path, listen: Listener, monkeypatch: pytest.MonkeyPatch, epochs: int,
    calm: list[int],
) -> None:
    monkeypatch.setattr("workbench.engine.training.progress._CALM_EPOCHS", 1)
    seen: list[tuple[int, float]] = []
    make = BatchLoader.make

    def watched(self: BatchLoader, indices: Any, epoch: int, index: int,
                progress: float) -> DetectionBatch:
        seen.append((epoch, progress))
        return make(self, indices, epoch, index, progress)

    monkeypatch.setattr(BatchLoader, "make", watched)
    train(project, request(epochs), listen, listen.control)
    late = Variation.read({}).until
    assert sorted({epoch for epoch, progress in seen if progress > late}) == calm
