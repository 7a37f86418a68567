"""Runs at Train, with a scripted engine in a child process: under way, left, and of the past."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.training.conftest import MakeBench
from tests.gui.training.training_steps import SLOW, drawn_steps, ended, last_offer, training
from workbench.gui.app.context import RunTarget
from workbench.gui.train.history_loader import read_history
from workbench.project.runs import RunFolder, list_runs


def test_events_become_curves_figures_and_pictures(bench: MakeBench) -> None:
    made = bench(**SLOW)
    place = training(made, steps=30)
    view = place.view
    view.loss.chart.ensure_loaded()
    # on a busy machine there is always a newer step than the last one that was drawn
    made.qtbot.waitUntil(lambda: view.loss.chart.drawings > 0)
    made.qtbot.waitUntil(lambda: set(view.loss.chart.curves) == {
        "loss/raw", "loss/mean", "val_loss/line"})
    made.qtbot.waitUntil(lambda: list(view.score.chart.curves) == ["map_50/line", "map/line"])
    made.qtbot.waitUntil(
        lambda: view.bars.accessibleDescription().startswith("data 10%, forward 30%"))
    assert not view.rate.isVisible() and not view.times.isVisible()
    view.advanced_button.click()
    assert view.rate.isVisible() and view.times.isVisible()
    assert view.header.isVisible() and view.header.pause_button.isVisible()
    made.qtbot.waitUntil(lambda: len(view.previews.strip.tiles()) > 0)
    preview = view.previews.strip.tiles()[0][0]
    assert (preview.file, preview.labels) == ("a.png", ("cat",))
    left, right = place.status()
    assert right.startswith("Engine ") and right.endswith(" MB")
    assert "Checkpoint saved" in left and left.endswith("· Compact #1")


def test_the_list_tells_the_best_epoch_while_it_is_not_saved_yet(bench: MakeBench) -> None:
    made = bench(save_every=1000, **SLOW)
    place = training(made)
    history = place.controller.live.history
    made.qtbot.waitUntil(lambda: history.epochs_done >= 2, timeout=30_000)
    info = place.panel.runs.model().run(0)
    assert (info.name, info.metric) == (history.run, "map")
    assert (info.value, info.epochs) == (history.best_value, history.epochs_done)
    assert place.run_store.info(info.name).value is None, "the folder knows nothing yet"
    right = place.view.score._right.full_text()
    assert f"best {info.value:.3f} at epoch {history.best_epoch}" in right
    assert place.view.score._title.text() == "mAP"


def test_pause_go_on_and_stop_keep_the_best(bench: MakeBench) -> None:
    made = bench(**SLOW)
    place = training(made)
    header, live = place.view.header, place.controller.live
    header.pause_button.click()
    assert "pausing" in header._figures.full_text()
    made.qtbot.waitUntil(lambda: live.history.state == "paused")
    assert header.pause_button.text() == "Resume"
    stood = drawn_steps(place)
    header.pause_button.click()
    made.qtbot.waitUntil(lambda: drawn_steps(place) > stood + 25)
    header.stop_button.click()
    ended(made, place)
    run = list_runs(made.session.folder)[0]
    assert run.state["state"] == "stopped" and run.best_path.is_file()
    assert "the best model is kept" in made.messages[-1][1]
    assert place.view.header.results_button.isVisible()


def test_a_cancelled_run_lies_in_the_trash_and_comes_back(bench: MakeBench) -> None:
    made = bench(**SLOW)
    place = training(made)
    place.view.header.cancel_button.click()
    ended(made, place)
    assert list_runs(made.session.folder) == []
    assert made.messages[-1][1] == "Compact #1 was cancelled. It is in the trash."
    last_offer(made).action()
    assert [run.state["state"] for run in list_runs(made.session.folder)] == ["cancelled"]
    made.qtbot.waitUntil(lambda: place.view.history.ended)
    first = place.shown_run.name
    assert first
    place.train()
    assert place.shown_run.name == ""
    place.controller.cancel()  # before it has a folder, or just after
    ended(made, place)
    assert place.shown_run.name == first and place._right.currentWidget() is place.view


def test_what_died_before_its_first_checkpoint_offers_no_resume(bench: MakeBench) -> None:
    made = bench(epochs=3, steps=5, die_at=2)
    place = training(made, steps=1)
    ended(made, place)
    offer = last_offer(made)
    assert offer.tone == "bad" and not offer.action_text  # it could only be refused
    assert not place.view.header.resume_button.isVisible()


def test_a_dead_engine_is_a_message_and_the_run_resumes(bench: MakeBench) -> None:
    made = bench(epochs=3, steps=5, die_at=8, pause=0.01)
    place = training(made)
    ended(made, place)
    assert place.view.history.state == "failed"
    offer = last_offer(made)
    assert (offer.tone, offer.action_text) == ("bad", "Resume")
    assert "exit code 9" in offer.sentence
    made.qtbot.waitUntil(lambda: made.context.engine.state == "ready", timeout=30_000)
    folder = RunFolder.find(made.session.folder, place.view.history.run)
    assert folder.state["state"] == "interrupted"
    made.qtbot.waitUntil(lambda: place.view.header.resume_button.isVisible())
    # the script dies at the same step again, unless it has got past it
    made.context.engine._factory = made.scripted(epochs=3, steps=5)
    made.context.engine.restart()
    offer.action()
    made.qtbot.waitUntil(lambda: folder.state["state"] == "finished", timeout=30_000)
    ended(made, place)
    assert place.view.history.loss.x[[0, 4, 14]].tolist() == pytest.approx([0.2, 1.0, 3.0])
    assert len(place.view.history.loss) == 15


def test_training_while_one_runs_waits_its_turn(bench: MakeBench) -> None:
    made = bench(epochs=3, steps=20, pause=0.1)
    place = training(made)
    assert place.panel.button.text() == "Add to queue"
    place.panel.button.click()
    place.panel.button.click()
    assert len(place.controller.queue) == 2 and place.status()[1].endswith("2 in queue")
    last_offer(made).action()  # undo
    assert len(place.controller.queue) == 1
    first = place.view.history.run
    made.qtbot.waitUntil(lambda: place.controller.live is not None
                         and place.controller.live.history.run not in ("", first),
                         timeout=30_000)
    place.controller.stop()
    ended(made, place)
    assert {run.state["state"] for run in list_runs(made.session.folder)} == {
        "finished", "stopped"}


def test_what_was_taken_out_of_the_queue_starts_when_it_comes_back(bench: MakeBench) -> None:
    made = bench(**SLOW)
    place = training(made)
    place.panel.button.click()
    plan = place.controller.queue[0]
    place.panel.queue.removed.emit(plan)
    assert place.controller.queue == []
    undo = last_offer(made).action
    place.controller.stop()
    ended(made, place)
    undo()
    assert place.controller.live is not None and place.controller.live.plan == plan


def test_a_run_that_waits_to_go_on_is_followed_to_its_new_name_and_to_the_trash(
    bench: MakeBench
) -> None:
    made = bench(**SLOW)
    place = training(made)
    place.controller.stop()
    ended(made, place)
    old = place.shown_run.name
    place.panel.button.click()
    made.qtbot.waitUntil(lambda: place.shown_run.name not in ("", old), timeout=30_000)
    place.panel.runs.resumed.emit(old)
    made.qtbot.waitUntil(lambda: [plan.resume for plan in place.controller.queue] == [old])
    place.panel.runs.renamed.emit(old, place.shown_run.name)
    assert made.messages[-1] == ("warn", f"There is already a run “{place.shown_run.name}”.")
    place.panel.runs.renamed.emit(old, "good one")
    assert [(plan.resume, plan.title) for plan in place.controller.queue] == [
        ("good one", "good one")]
    place.panel.runs.deleted.emit("good one")
    assert place.controller.queue == []


def test_what_waited_behind_a_cancelled_run_is_drawn_and_the_cancelled_one_comes_back(
    bench: MakeBench
) -> None:
    made = bench(**SLOW)
    place = training(made)
    place.panel.button.click()
    first = place.shown_run.name
    place.view.header.cancel_button.click()
    made.qtbot.waitUntil(lambda: place.shown_run.name not in ("", first), timeout=30_000)
    assert place.shown_run.is_live and place._right.currentWidget() is place.view
    last_offer(made).action()
    assert {run.name for run in list_runs(made.session.folder)} == {first, place.view.history.run}
    assert made.messages[-1][0] == "info", made.messages


def test_looking_at_another_run_leaves_a_way_back(bench: MakeBench) -> None:
    made = bench(**SLOW)
    place = training(made)
    place.controller.stop()
    ended(made, place)
    old = place.view.history.run
    place.panel.button.click()
    made.qtbot.waitUntil(lambda: place.view.history.run not in ("", old), timeout=30_000)
    new = place.view.history.run
    place.entered(RunTarget(old))
    place.controller.progressed.emit()  # the live run goes on while the old one is read
    made.qtbot.waitUntil(lambda: place.view.history.run == old)
    assert place.hint.isVisible() and not place.view.header.pause_button.isVisible()
    place.hint.button.click()
    assert place.view.history.run == new and not place.hint.isVisible()
    assert place.view.header.pause_button.isVisible()


def test_closing_the_window_asks_and_offers_two_ways(bench: MakeBench) -> None:
    made = bench(**SLOW)
    place = training(made)
    assert place.may_close() == "A training is running."
    place.view.header.pause_button.click()
    made.qtbot.waitUntil(lambda: place.may_close() == "A training is paused.", timeout=30_000)
    place.view.header.pause_button.click()
    made.qtbot.waitUntil(lambda: place.may_close() == "A training is running.", timeout=30_000)
    stop, leave = place.close_choices()
    assert (stop.text, leave.text) == ("Stop, keep the best and close", "Close and resume later")
    closed: list[str] = []
    stop.run(lambda: closed.append("closed"))
    assert not closed  # the best is written first
    made.qtbot.waitUntil(lambda: bool(closed), timeout=30_000)
    assert list_runs(made.session.folder)[0].state["state"] == "stopped"
    assert place.may_close() == ""


def test_a_run_left_at_closing_can_be_resumed(bench: MakeBench) -> None:
    made = bench(**SLOW)
    place = training(made, steps=30)
    closed: list[str] = []
    place.close_choices()[1].run(lambda: closed.append("closed"))
    assert closed
    run = list_runs(made.session.folder)[0]
    made.qtbot.waitUntil(lambda: run.state["state"] == "interrupted", timeout=30_000)
    assert run.resumable
    assert made.context.engine.state == "off"


def test_a_run_that_was_interrupted_is_offered_at_the_next_visit(bench: MakeBench) -> None:
    made = bench(**{**SLOW, "epochs": 40})
    place = training(made, steps=30)
    place.close_choices()[1].run(lambda: None)
    run = list_runs(made.session.folder)[0]
    made.qtbot.waitUntil(lambda: run.state["state"] == "interrupted", timeout=30_000)
    other = bench(made.session.folder, epochs=40, steps=25)
    again = other.show()
    offer = last_offer(other)
    assert offer.sentence.startswith("Compact #1 was interrupted in epoch")
    again.entered()
    assert len(other.offers) == 1  # said once
    offer.action()
    other.qtbot.waitUntil(lambda: again.controller.live is not None, timeout=30_000)
    ended(other, again)
    assert run.state["state"] == "finished"


def test_a_reopened_run_draws_the_curves_that_were_live(bench: MakeBench) -> None:
    made = bench(epochs=3, steps=10, pause=0.005)
    place = training(made)
    ended(made, place)
    live = place.view.history
    again = read_history(list_runs(made.session.folder)[0])
    assert again.state == live.state == "finished"
    for name, series in live.losses.items():
        assert again.losses[name].x.tolist() == series.x.tolist()
        assert again.losses[name].mean.tolist() == series.mean.tolist()
    assert again.metrics.keys() == live.metrics.keys()
    assert again.previews == live.previews
    assert again.best_epoch == live.best_epoch


def test_the_newest_run_is_shown_when_the_project_is_opened(bench: MakeBench) -> None:
    made = bench(epochs=1, steps=3)
    place = training(made, steps=1)
    ended(made, place)
    name = place.view.history.run
    other = bench(made.session.folder, epochs=1, steps=3)
    again = other.show()
    other.qtbot.waitUntil(lambda: again.view.history is not None)
    assert again.view.history.run == name
    assert again.panel.runs.current_name() == name
    assert again.view.header.results_button.isVisible()


def test_rename_notes_delete_and_undo(bench: MakeBench, qtbot: QtBot) -> None:
    made = bench(epochs=1, steps=3)
    place = training(made, steps=1)
    ended(made, place)
    name = place.view.history.run
    folder = made.session.folder
    runs = place.panel.runs
    runs.renamed.emit(name, "first try")
    assert [run.name for run in list_runs(folder)] == ["first try"]
    qtbot.waitUntil(lambda: place.view.history.run == "first try")
    runs.notes_wanted.emit("first try")
    place.view.notes.set_text("more images next time")
    qtbot.waitUntil(lambda: (folder / "runs" / "first try" / "notes.txt").is_file())
    assert place.run_store.info("first try").notes == "more images next time"
    runs.select("first try")
    qtbot.keyClick(runs, Qt.Key.Key_Delete)
    assert list_runs(folder) == [] and not place.run_store.runs
    last_offer(made).action()
    assert [run.name for run in list_runs(folder)] == ["first try"]


def test_keys_of_the_list_open_the_results(bench: MakeBench, qtbot: QtBot) -> None:
    made = bench(epochs=1, steps=3)
    place = training(made, steps=1)
    ended(made, place)
    name = place.view.history.run
    place.panel.runs.select(name)
    qtbot.keyClick(place.panel.runs, Qt.Key.Key_Return)
    assert made.went[-1] == ("results", RunTarget(name))


def test_a_preview_is_enlarged_and_walked_through(bench: MakeBench, qtbot: QtBot) -> None:
    made = bench(epochs=3, steps=3)
    place = training(made, steps=1)
    ended(made, place)
    qtbot.waitUntil(lambda: len(place.view.previews.strip.tiles()) == 3)
    tile = place.view.previews.strip.tiles()[0][1]
    qtbot.mouseClick(place.view.previews.strip, Qt.MouseButton.LeftButton,
                     pos=tile.center().toPoint())
    viewer = place.view.previews.viewer
    assert viewer.preview.epoch == 1
    qtbot.keyClick(viewer, Qt.Key.Key_Right)
    qtbot.keyClick(viewer, Qt.Key.Key_Right)
    qtbot.keyClick(viewer, Qt.Key.Key_Right)
    assert (viewer.preview.file, viewer.preview.epoch) == ("a.png", 3)
    qtbot.keyClick(viewer, Qt.Key.Key_Down)
    assert (viewer.preview.file, viewer.preview.epoch) == ("b.png", 3)
    qtbot.keyClick(viewer, Qt.Key.Key_Escape)
    assert viewer.preview is None
