"""What a person can do in Train by menu, palette and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.core.text import tr
from workbench.gui.app.actions import Action

if TYPE_CHECKING:
    from workbench.gui.app.context import AppContext
    from workbench.gui.train.place import TrainPlace

PLACE = "train"


def add_actions(context: AppContext, place: TrainPlace) -> None:
    """Register them."""
    controller, form, shown_run = place.controller, place.panel.form, place.shown_run
    live = lambda: controller.live is not None  # noqa: E731  a name for a short question
    for id_, text, run, keys, icon, enabled in (
        ("train.start", tr("Train"), place.train, ("Ctrl+Enter", "Ctrl+Return"), "play",
         place.can_train),
        ("train.next_step", tr("Next step of the round"), place.rounds.go_on, (), "arrow-right",
         lambda: controller.live is None and place.rounds.step != "done"),
        ("train.pause", tr("Pause or resume"), controller.toggle_pause, ("P",), "pause", live),
        ("train.stop", tr("Stop and keep the best"), controller.stop, ("Ctrl+Shift+Return",),
         "stop", live),
        ("train.cancel", tr("Cancel the training"), controller.cancel, (), "close", live),
        ("train.learn", tr("Choose what is learned"), form.choose_task, (), "tag",
         lambda: form.task_box.count() > 1),
        ("train.reset", tr("Reset the form"), form.reset, (), "undo", lambda: True),
        ("train.results", tr("See the run's results"),
         lambda: place.open_results(shown_run.name), (), "results",
         lambda: bool(shown_run.name)),
    ):
        context.actions.add(Action(id_, text, run, keys=keys, place=PLACE, menu="Train", icon=icon,
                                   enabled=enabled))
