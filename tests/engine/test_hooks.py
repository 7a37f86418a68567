"""Every step of a training is told, however quick the steps are."""

from __future__ import annotations

from workbench.engine.training.hooks import EpochReport, EventHook, StepReport
from workbench.jobs.messages import Epoch, Event, Step


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
