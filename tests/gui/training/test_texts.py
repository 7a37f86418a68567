"""Names, durations and counts as the training place says them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from workbench.extension.plugins import load_plugins
from workbench.extension.run_names import run_title, title_of_name
from workbench.gui.train.form import RunForm
from workbench.gui.train.header import RunHeader, figures
from workbench.gui.train.history import RunHistory
from workbench.gui.train.run_store import RunStore
from workbench.gui.train.runs_view import detail_words
from workbench.gui.train.texts import clock, lasted
from workbench.jobs.events import Epoch, Finished, Paused, Started, Step, Unpaused
from workbench.project.runs import RunFolder


def test_a_run_has_one_name() -> None:
    load_plugins()
    assert run_title("2026-11-28-compact-n", "compact-n") == "Compact #1"
    assert run_title("2026-11-29-compact-n-2", "compact-n") == "Compact #2"
    assert run_title("2026-11-28-compact-n", "compact-s") == "2026-11-28-compact-n"
    assert run_title("2026-11-28-gone-7", "gone") == "gone #7"
    assert run_title("The good one", "compact-n") == "The good one"
    assert run_title("2026-11-28-x", "") == "2026-11-28-x"
    assert title_of_name("2026-11-29-sound-cnn-2") == "Sound CNN #2"
    assert title_of_name("2026-11-28-vgg-6") == "VGG, six layers #1"
    assert title_of_name("The good one") == "The good one"


@pytest.mark.parametrize(("seconds", "words"), [
    (0.4, "0:00"), (9, "0:09"), (112, "1:52"), (59.6, "1:00"), (3723, "1:02:03")])
def test_durations_are_durations(seconds: float, words: str) -> None:
    assert clock(seconds) == words


def test_how_long_it_took_stands_beside_it(tmp_path: Path) -> None:
    assert lasted(66, 112.0) == " after 66 epochs in 1:52"
    assert (lasted(1, 0.0), lasted(0, 5.0)) == (" after 1 epoch", "")
    run = RunFolder.create(tmp_path, "compact-n", {"recipe": "compact-n"})
    run.write_state(state="finished", epoch=66, seconds=112.0)
    run_store = RunStore()
    run_store.open(tmp_path)
    assert detail_words(run_store.runs[0]).endswith(" · 66 epochs in 1:52")


def told(eta: float) -> RunHistory:
    history = RunHistory()
    history.apply(Started("j", "2026-11-28-compact-n", {"recipe": "compact-n", "epochs": 150}))
    history.apply(Step("j", 3, 30, 60, 600, {"loss": 1.0}, 0.01, 16.2, {}, 0.1, eta))
    return history


def test_a_run_without_a_known_end_says_so() -> None:
    assert figures(told(-1.0)) == "until it stops improving · epoch 3 · step 60 · 16.2 images/s"
    assert figures(told(180)) == "3 min left · epoch 3 of 30 · step 60 of 600 · 16.2 images/s"


def test_what_is_shown_to_the_model_is_counted_not_what_it_is_cut_from() -> None:
    """“recordings/s” was said of windows."""
    history = told(180)
    history.config["unit"] = "window"
    assert figures(history).endswith("16.2 windows/s")


def test_the_load_of_a_card_is_said_where_it_is_known() -> None:
    history = told(180)
    assert history.step is not None
    load = {"used": 5.1 * 2**30, "total": 24 * 2**30, "busy": 0.83}
    history.apply(replace(history.step, gpu=load))
    assert figures(history).endswith("16.2 images/s · GPU 83 %, 5 of 24 GB")


def test_only_what_has_results_leads_to_them(qtbot: QtBot) -> None:
    header = RunHeader()
    qtbot.addWidget(header)
    history = told(10)
    history.apply(Epoch("j", 3, 30, {}, {"map": 0.5}, 2.0, best=True))
    for event in (Unpaused("j"), Paused("j")):
        history.apply(event)
        header.show_run("Compact #1", history, live=False)
        assert header.results_button.isHidden(), "another window trains it"
    for state, there in (("finished", True), ("stopped", True), ("cancelled", False)):
        history = told(10)
        history.apply(Epoch("j", 3, 30, {}, {"map": 0.5}, 2.0, best=True))
        history.apply(Finished("j", state, {"seconds": 112.0}))
        header.show_run("Compact #1", history, live=False)
        assert header.results_button.isHidden() != there, state
    assert figures(history) == "cancelled after 3 epochs in 1:52 · best mAP 0.50 at epoch 3"


def test_the_kept_epoch_is_not_called_best_beside_a_higher_figure() -> None:
    """Where outlines count as well, the model of another epoch is kept."""
    history = told(10)
    history.apply(Epoch("j", 3, 30, {}, {"map": 0.5, "outline_map": 0.9}, 2.0, best=True))
    history.apply(Epoch("j", 4, 30, {}, {"map": 0.6, "outline_map": 0.4}, 2.0,
                        best=False))
    history.apply(Finished("j", "finished", {"seconds": 112.0}))
    assert figures(history).endswith(" · kept mAP 0.50 at epoch 3")


def test_an_epoch_that_was_only_begun_is_not_counted() -> None:
    history = told(-1.0)
    history.apply(Epoch("j", 2, 30, {}, {"map": 0.5}, 2.0, best=True))
    history.apply(Step("j", 3, 30, 61, 600, {"loss": 1.0}, 0.01, 16.2, {}, 0.1, 10))
    history.apply(Finished("j", "stopped", {"seconds": 112.0}))
    assert " after 2 epochs in 1:52" in figures(history)


def test_images_that_validate_too_are_not_counted_twice(qtbot: QtBot) -> None:
    form = RunForm([], "detection")
    qtbot.addWidget(form)
    form.set_split_counts({"train": 2, "val": 2, "test": 0}, 2)
    assert form.split_box.currentText() == "2 train (also val) · 0 test"
    form.set_split_counts({"train": 2, "val": 1, "test": 1}, 4)
    assert form.split_box.currentText() == "2 train · 1 val · 1 test"
