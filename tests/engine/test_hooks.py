"""Every step of a training is told, however quick the steps are."""

from __future__ import annotations

from pathlib import Path

from workbench.engine.training.hooks import EpochReport, EventHook, StepReport
from workbench.engine.training.record import RunHook, RunRecord
from workbench.jobs.events import Epoch, Event, Step
from workbench.jobs.protocol import decode_event, encode
from workbench.project.runs import RunFolder


def report(step: int) -> StepReport:
    return StepReport(1, 1, step, 9, {"loss": float(step)}, 4, 0.1, {"data": 0.5, "step": 0.5},
                      step / 9, 0.0)


def test_quick_steps_are_told_together_and_none_is_left_out_of_its_epoch() -> None:
    told: list[Event] = []
    hook = EventHook(told.append, "job", clock=lambda: 0.0)
    for step in range(1, 10):
        hook.on_step(report(step))
    hook.on_epoch(EpochReport(1, 1, 9, {"loss": 5.0}, {}, 1.0, True, []))
    first, rest, epoch = told
    assert isinstance(first, Step) and (first.step, first.losses["loss"]) == (1, 1.0)
    assert isinstance(rest, Step) and (rest.step, rest.losses["loss"]) == (9, 5.5)
    assert isinstance(epoch, Epoch)


def test_the_load_of_a_card_comes_with_the_steps() -> None:
    told: list[Event] = []
    load = {"used": 5.0, "total": 24.0, "busy": 0.83}
    hook = EventHook(told.append, "job", gpu=lambda: load)
    hook.on_step(report(1))
    assert isinstance(told[0], Step) and told[0].gpu == load
    assert decode_event(encode(told[0])) == told[0]


def test_the_last_of_many_quick_epochs_is_the_one_that_the_list_of_runs_counts(
    tmp_path: Path,
) -> None:
    run = RunFolder.create(tmp_path, "quick", {})
    hook = RunHook(RunRecord(run, lambda event: None, "job"), {}, 1, "sound")
    for epoch in range(1, 8):  # within the two seconds in which state.json is left alone
        hook.on_epoch(EpochReport(epoch, 30, epoch, {}, {}, 0.1, True, []))
    hook.on_end()
    assert run.state["epoch"] == 7
