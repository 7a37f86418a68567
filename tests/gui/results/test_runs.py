"""Which run is shown in Results, and the one before it."""

from __future__ import annotations

import os
import threading

from PySide6.QtCore import Qt

from tests.gui.results.agreement import assert_all_agree
from tests.gui.results.conftest import add_run
from workbench.gui.app.context import RunTarget
from workbench.jobs.commands import Control, Train, TrainRequest
from workbench.jobs.events import Checkpoint, Finished


def test_the_run_before_is_set_beside_it(ready, cells):
    older = add_figures(ready)
    for name, figure in ready.place.metrics.figures.items():
        change = getattr(ready.place.snapshot.evaluation, name) - getattr(older, name)
        assert figure.difference_text() == f"{'+' if change > 0 else '−'}{abs(change):.3f}"
    ready.place.toolbar.score.set_value(0.5)
    ready.settle()
    change = ready.place.snapshot.evaluation.f1 - add_figures(ready).f1
    shown = ready.place.metrics.figures["f1"].difference_text()
    assert shown == f"{'+' if change > 0 else '−'}{abs(change):.3f}"


def add_figures(stage):
    """What the older run scores at these thresholds."""
    t, before = stage.place.toolbar.thresholds(), stage.place.loading.before
    return before.live.update(t.score_thresh, t.nms_thresh, t.match_iou)


def test_another_run_can_be_compared_and_chosen(qtbot, ready):
    names = [run.name for run in ready.place.loading.runs]
    ready.place.open_compare()
    ready.settle()
    table = ready.place.compare.table
    assert ready.place.compare.box.currentData() == names[1]
    assert ready.place.compare.box.currentText() == ready.place.loading.title(names[1])
    texts = [[table.item(r, c).text() for c in range(4)] for r in range(table.rowCount())]
    older = add_figures(ready)
    now = ready.place.snapshot.evaluation
    assert texts[0] == ["mAP@0.5", f"{now.map_50:.3f}", f"{older.map_50:.3f}",
                        f"{now.map_50 - older.map_50:+.3f}"]
    assert len(texts) == 5 + len(now.classes)
    ready.place.compare.hide()
    box = ready.place.toolbar.run_box
    box.setCurrentIndex(1)
    box.activated.emit(1)
    ready.settle()
    assert ready.place.loading.results.run == names[1]
    assert ready.place.loading.before is None
    assert ready.place.metrics.figures["map"].difference_text() == ""
    assert_all_agree(ready)


def test_train_can_ask_for_a_run(stage, cells, dataset):
    older = add_run(cells, dataset, seed=1)
    add_run(cells, dataset, seed=2)
    made = stage()
    made.enter(RunTarget(older.name))
    assert made.place.loading.results.run == older.name


def test_a_run_that_was_trained_meanwhile_is_offered(qtbot, ready, cells, dataset):
    newest = add_run(cells, dataset, recipe="newest", seed=3)
    ready.place.entered()
    ready.settle()
    texts = [ready.place.toolbar.run_box.itemData(i) for i in range(3)]
    assert newest.name in texts
    assert ready.place.loading.results.run != newest.name  # what one looks at stays


def test_without_a_run_the_next_step_is_training(qtbot, stage, cells, dataset):
    made = stage()
    words = made.place.waiting.state._title
    assert words.text() == "Looking for models", "nobody knows yet that there is none"
    made.enter()
    assert made.place.waiting.isVisible() and words.text() == "Train a model first"
    assert made.place.waiting.button_text == "Train a model"
    assert not made.place.toolbar.isVisible()
    qtbot.mouseClick(made.place.waiting.state.button, Qt.MouseButton.LeftButton)
    assert made.went == [("train", None)]
    run = add_run(cells, dataset)  # its training ends while one waits for it here
    made.client.event.emit(Finished("job", "finished", {"run": run.name, "metrics": {}}))
    qtbot.waitUntil(lambda: made.place.snapshot is not None)
    made.settle()
    assert made.place.gallery.isVisible()


def test_a_run_in_training_has_no_results_yet_and_opens_when_it_is_done(qtbot, stage, cells,
                                                                        dataset):
    run = add_run(cells, dataset, stored=False)
    run.write_state(state="running", pid=os.getpid())
    run.best_path.unlink()
    made = stage()
    made.enter()
    waiting = made.place.waiting
    assert waiting.state._title.text() == "The first model is being trained"
    other = add_run(cells, dataset, recipe="other", seed=1)
    made.place.entered()
    made.settle()
    assert made.place.loading.results.run == other.name
    made.place.loading.choose_run(run.name)
    assert waiting.state._title.text() == "Compact #1 is still training"
    assert waiting.button_text == "Go to Train"
    assert made.engine.sent == []
    run.best_path.write_bytes(b"")
    donor = add_run(cells, dataset, recipe="donor")
    donor.predictions_path("val").rename(run.predictions_path("val"))
    run.write_state(state="finished", pid=0)
    made.client.event.emit(Finished("job", "finished", {"run": run.name, "metrics": {}}))
    qtbot.waitUntil(lambda: made.place.snapshot is not None)
    assert made.place.loading.results.run == run.name


def test_the_best_model_so_far_of_a_run_in_training_is_looked_at(qtbot, stage, cells, dataset):
    run = add_run(cells, dataset, stored=False)
    run.write_state(state="running", pid=os.getpid())
    made = stage()
    engine, loading, waiting = made.client, made.place.loading, made.place.waiting
    engine.start()
    engine.send(Train("t", str(cells), TrainRequest("compact-n")))
    made.enter()
    assert waiting.state._title.text() == "Compact #1 is still training"
    assert waiting.button_text == "Look now" and "stands still" in waiting.state._text.text()
    qtbot.mouseClick(waiting.state.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: made.engine.sent[2:3] == [Control("t", "aside")])
    asked = made.engine.sent[-2]
    assert (asked.run, asked.split) == (run.name, "val") and not loading.queued
    donor = add_run(cells, dataset, recipe="donor")
    donor.predictions_path("val").rename(run.predictions_path("val"))
    engine.event.emit(Finished(asked.job, "finished", {}))
    qtbot.waitUntil(lambda: made.place.snapshot is not None)
    notice = made.place.notice
    assert loading.results.run == run.name
    assert notice.text.full_text() == "Still training: this is its best model so far"
    assert notice.look_button.isHidden()
    shown = loading.results
    run.predictions_path("val").rename(donor.predictions_path("val"))  # a better one is written
    engine.event.emit(Checkpoint("t", 3, ""))
    qtbot.waitUntil(notice.look_button.isVisible)
    assert notice.text.full_text() == "Still training, and better by now"
    assert loading.results is shown, "what one looks at stays"
    qtbot.mouseClick(notice.look_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(made.engine.sent) == 5)
    assert made.engine.sent[-2].run == run.name
    run.write_state(state="finished", pid=0)
    donor.predictions_path("val").rename(run.predictions_path("val"))
    engine.event.emit(Finished(made.engine.sent[-2].job, "finished", {}))
    qtbot.waitUntil(lambda: loading.results is not shown and loading.results is not None)
    qtbot.waitUntil(notice.isHidden)
    made.settle()


def test_the_end_of_a_training_brings_its_results_up_to_date(qtbot, stage, cells, dataset):
    run = add_run(cells, dataset)
    run.write_state(state="running", pid=os.getpid())
    made = stage()
    made.enter()
    shown = made.place.loading.results
    assert shown.run == run.name and made.place.notice.isVisible()
    run.write_state(state="finished", pid=0)
    made.client.event.emit(Finished("t", "finished", {"run": run.name, "metrics": {}}))
    qtbot.waitUntil(lambda: made.place.loading.results is not shown)
    qtbot.waitUntil(lambda: made.place.snapshot.results is made.place.loading.results)
    made.settle()
    assert made.place.notice.isHidden()


def test_a_run_that_has_ended_comes_before_one_in_training(stage, cells, dataset):
    ended = add_run(cells, dataset)
    training = add_run(cells, dataset, recipe="other", stored=False)
    training.write_state(state="running", pid=os.getpid())
    made = stage()
    made.enter()
    assert made.place.loading.results.run == ended.name
    assert made.place.toolbar.run_box.findData(training.name) >= 0


def test_labels_mended_while_the_run_before_is_read_count_in_both(qtbot, ready, monkeypatch):
    place, session, loading = ready.place, ready.session, ready.place.loading
    truths, name = place.snapshot.evaluation.truths, loading.results.run
    older = next(run.name for run in loading.runs if run.name != name)
    may_go, read = threading.Event(), loading.open_results

    def slow(run, *rest):
        if run.name == older:
            assert may_go.wait(60)
        return read(run, *rest)

    monkeypatch.setattr(loading, "open_results", slow)
    loading.open(loading.part)
    qtbot.waitUntil(lambda: loading.results is not None)
    assert loading.before is None
    key = loading.results.keys[2]
    session.edit(key, session.document(key).annotation.objects[1:], "delete a box")
    place.recompute()
    may_go.set()
    ready.settle()
    qtbot.waitUntil(lambda: loading.before is not None
                    and loading.before.live.update().truths == truths - 1)
    assert place.snapshot.evaluation.truths == truths - 1


def test_a_run_without_results_is_not_shown_with_those_of_another(ready, cells, dataset):
    training = add_run(cells, dataset, recipe="third", stored=False)
    training.write_state(state="running", pid=os.getpid())
    ready.place.entered()
    ready.settle()
    loading = ready.place.loading
    other = next(run.name for run in loading.runs
                 if run.usable and run.name != loading.results.run)
    loading.choose_run(other)  # which is being read when
    loading.choose_run(training.name)
    ready.settle()
    assert loading.results is None and loading.run.name == training.name
    assert ready.place.waiting.state._title.text().endswith("is still training")


def test_another_run_is_compared_when_labels_were_mended_and_counted(qtbot, ready):
    place, session = ready.place, ready.session
    key = place.loading.results.keys[2]
    session.edit(key, session.document(key).annotation.objects[1:], "delete a box")
    place.recompute()
    ready.settle()
    place.open_compare()
    ready.settle()
    table, now, older = place.compare.table, place.snapshot.evaluation, add_figures(ready)
    assert [table.item(0, column).text() for column in (1, 2)] == [
        f"{now.map_50:.3f}", f"{older.map_50:.3f}"]
