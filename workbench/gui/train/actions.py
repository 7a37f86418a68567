"""What a person can do in Train by menu, palette and keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from workbench.core.text import tr
from workbench.gui.app.actions import Action
from workbench.gui.app.undo_action import add_undo_actions, take_and_tell

if TYPE_CHECKING:
    from workbench.gui.app.context import AppContext
    from workbench.gui.train.controller import TrainingController
    from workbench.gui.train.form import RunForm
    from workbench.gui.train.rounds import Rounds
    from workbench.gui.train.shown_run import ShownRun

PLACE = "train"


def add_actions(
    context: AppContext, controller: TrainingController, form: RunForm, shown_run: ShownRun,
    rounds: Rounds, *, train: Callable[[], object], can_train: Callable[[], bool],
    open_results: Callable[[str], object],
) -> None:
    """Register them, with what the parts of the place do."""
    live = lambda: controller.live is not None  # noqa: E731  a name for a short question
    for id_, text, run, keys, icon, enabled in (
        ("train.start", tr("Train"), train, ("Ctrl+Enter", "Ctrl+Return"), "play",
         can_train),
        ("train.next_step", tr("Next step of the round"), rounds.go_on, (), "arrow-right",
         lambda: controller.live is None and rounds.step != "done"),
        ("train.pause", tr("Pause or resume"), controller.toggle_pause, ("P",), "pause", live),
        ("train.stop", tr("Stop and keep the best"), controller.stop, ("Ctrl+Shift+Return",),
         "stop", live),
        ("train.cancel", tr("Cancel the training"), controller.cancel, (), "close", live),
        ("train.learn", tr("Choose what is learned"), form.choose_task, (), "tag",
         lambda: form.task_box.count() > 1),
        ("train.reset", tr("Reset the form"), form.reset, (), "undo", lambda: True),
        ("train.results", tr("See the run's results"),
         lambda: open_results(shown_run.name), (), "results",
         lambda: bool(shown_run.name)),
    ):
        context.actions.add(Action(id_, text, run, keys=keys, place=PLACE, menu="Train", icon=icon,
                                   enabled=enabled))
    add_undo_actions(context, PLACE, take=partial(take_and_tell, context))
