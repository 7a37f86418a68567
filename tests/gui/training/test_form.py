"""The form of a new run: nothing has to be touched, and everything can be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from workbench.core.folders import weights_folder
from workbench.core.schema import Field
from workbench.extension.recipe import LITE0, Recipe, Weights
from workbench.extension.settings import training_settings
from workbench.gui.train.choices import (
    Option,
    length_options,
    recipe_options,
    start_options,
)
from workbench.gui.train.form import RunForm
from workbench.jobs.commands import TrainRequest

WEIGHTS = Weights("big-abc.pth", "https://example.org/big-abc.pth", "abc", 167 << 20,
                  "COCO, 80 kinds of things", "BSD-3-Clause")
SMALL = Recipe("small", "Small", "Quick.", "detection", "a:b",
               training_settings(without=("train_layers",), epochs=60, batch_size=16, lr=0.002),
               2_000_000,
               from_nothing="yes")
BIG = Recipe("big", "Big", "Accurate.", "detection", "a:b",
             training_settings(epochs=20, lr=0.0001).extended(
                 Field("anchors", "int", 3, "Anchors", minimum=1, maximum=9)),
             43_700_000, weights=(WEIGHTS,))
SOUND = Recipe("ears", "Ears", "Sounds.", "audio-classification", "a:b", training_settings(), 1000)
RECIPES = (SMALL, BIG, SOUND)


@pytest.fixture
def form(qtbot: QtBot) -> RunForm:
    made = RunForm(RECIPES, "detection")
    qtbot.addWidget(made)
    return made


def choose(form: RunForm, recipe: str) -> None:
    form.recipe_box.setCurrentIndex(form.recipe_box.findData(recipe))


def test_untouched_it_asks_for_the_defaults(form: RunForm) -> None:
    assert form.request() == TrainRequest(minutes=10.0)
    assert form.is_valid()


def test_only_recipes_of_the_task_are_offered(form: RunForm) -> None:
    offered = [form.recipe_box.itemData(at) for at in range(form.recipe_box.count())]
    assert offered == ["auto", "small", "big"]
    assert [option.text for option in recipe_options(RECIPES, "detection", "small")] == [
        "Automatic: Small", "Small · 2.0 M", "Big · 43.7 M"]


def test_choosing_a_recipe_shows_its_settings_and_its_start(form: RunForm) -> None:
    choose(form, "big")
    request = form.request()
    assert (request.recipe, request.start_from, request.epochs) == ("big", "pretrained", None)
    assert form.editor("anchors").value() == 3
    choose(form, "small")
    assert form.request().start_from == "none"
    assert form.start_box.currentText() == "Nothing (no weights needed)"
    choose(form, "big")
    assert form.request().start_from == "pretrained", "nobody chose to start from nothing"
    form.start_box.setCurrentIndex(form.start_box.findData("none"))
    choose(form, "small")
    choose(form, "big")
    assert form.request().start_from == "none", "that was chosen"
    form.set_request(TrainRequest(recipe="big"))
    assert form.request().start_from == "pretrained"


def test_which_layers_learn_is_asked_only_where_the_recipe_heeds_it(form: RunForm) -> None:
    for recipe, asked in (("big", True), ("small", False)):
        choose(form, recipe)
        assert form.more is not None
        assert ("train_layers" in form.more.schema) == asked


def test_only_the_time_the_model_and_its_start_stand_in_the_open(form: RunForm) -> None:
    form.show()
    assert form.length_box.isVisible() and form.recipe_box.isVisible()
    assert form.start_box.isVisible() and form.editor("any_way_up").isVisible()
    folded = ("epochs", "minutes", "batch_size", "augment", "lr", "seed")
    assert not any(form.editor(name).isVisible() for name in folded)
    assert not form.split_box.isVisible()
    form.more_button.click()
    assert all(form.editor(name).isVisible() for name in folded) and form.split_box.isVisible()
    choose(form, "big")
    assert form.editor("lr").isVisible(), "another model does not fold it again"


def test_what_is_fitted_in_one_go_asks_for_no_time_and_no_start(form: RunForm) -> None:
    form.set_own_recipes([replace(SMALL, id="once", fitted=True)], "once")
    form.show()
    assert not form.length_holder.isVisible() and not form.start_holder.isVisible()
    assert form.more is not None and "minutes" not in form.more.schema
    form.start_box.set_value("none")
    assert form.request().start_from == "auto" and form.length_words() == "in one go"
    choose(form, "auto")
    assert form.length_holder.isVisible(), "another recipe may be taken"
    choose(form, "big")
    assert form.start_holder.isVisible() and "minutes" in form.more.schema


def type_into(form: RunForm, name: str, text: str) -> None:
    control = form.editor(name).control
    control.setText(text)  # type: ignore[attr-defined]
    control.textEdited.emit(text)  # type: ignore[attr-defined]


def test_settings_hold_only_what_differs_and_survive_another_recipe(form: RunForm) -> None:
    choose(form, "small")
    type_into(form, "lr", "0.01")
    type_into(form, "batch_size", "4")
    assert form.request().settings == {"lr": 0.01, "batch_size": 4}
    choose(form, "big")
    assert form.request().settings["lr"] == 0.01
    type_into(form, "lr", "0.0001")
    choose(form, "small")
    assert "lr" not in form.request().settings, "what was taken back stays taken back"


def pick_time(form: RunForm, value: str) -> None:
    form.length_box.setCurrentIndex(form.length_box.findData(value))


def test_one_choice_of_time(qtbot: QtBot, form: RunForm) -> None:
    offered = [form.length_box.itemText(at) for at in range(form.length_box.count())]
    assert offered == ["2 minutes", "5 minutes", "10 minutes", "30 minutes",
                       "Until it stops improving"]
    with qtbot.waitSignal(form.changed):
        pick_time(form, "5 min")
    assert form.request() == TrainRequest(minutes=5.0)
    pick_time(form, "until")
    assert form.request() == TrainRequest(until_best=True)
    assert form.length_words() == "Until it stops improving"


def test_an_exact_length_under_more_becomes_the_time(form: RunForm) -> None:
    type_into(form, "epochs", "25")
    assert form.request() == TrainRequest(epochs=25)
    assert form.length_box.currentText() == "25 passes"
    type_into(form, "minutes", "7.5")
    assert form.request() == TrainRequest(minutes=7.5)
    assert form.length_box.currentText() == "7.5 minutes" and form.editor("epochs").value() == 0
    pick_time(form, "2 min")
    assert form.editor("minutes").value() == 0, "the choice above counts again"
    type_into(form, "epochs", "1")
    type_into(form, "epochs", "0")
    assert form.request() == TrainRequest(minutes=10.0)


def test_a_time_that_was_remembered_is_offered_and_nonsense_is_not(form: RunForm) -> None:
    form.set_length("40 passes")
    assert form.request() == TrainRequest(epochs=40) and form.editor("epochs").value() == 40
    for wrong in ("", "soon", "0 min", "-3 passes", "nan"):
        form.set_length(wrong)
    assert form.length == "40 passes"
    assert [option.value for option in length_options("40 passes")][-1] == "40 passes"


def test_a_sound_has_its_own_words(form: RunForm) -> None:
    form.set_task("audio-classification")
    assert form.editor("epochs").field.label == "Passes over the sounds"


def test_a_figure_that_does_not_fit_makes_the_form_invalid(form: RunForm) -> None:
    type_into(form, "lr", "much")
    assert not form.is_valid()
    type_into(form, "lr", "0.01")
    assert form.is_valid()


def test_reset_takes_everything_back(form: RunForm) -> None:
    choose(form, "big")
    pick_time(form, "2 min")
    form.set_splits([Option("default", "70 / 15 / 15"), Option("mine", "mine")])
    form.split_box.setCurrentIndex(1)
    assert form.request().split == "mine"
    form.reset()
    assert form.request() == TrainRequest(minutes=10.0)


def test_a_request_shown_is_the_request_asked(form: RunForm) -> None:
    request = TrainRequest("big", None, 5.0, "auto", 7, "default", "none", {"lr": 0.5})
    form.set_request(request)
    assert form.request() == request


def test_weights_are_here_to_be_fetched_or_out_of_reach() -> None:
    def first(connectivity: str) -> str:
        return start_options(BIG, [], connectivity)[0].text  # type: ignore[arg-type]

    assert first("unknown") == "COCO weights (download 167 MB)"
    assert first("offline") == "COCO weights (not here: offline)"
    folder = weights_folder()
    folder.mkdir(parents=True)
    (folder / WEIGHTS.name).write_bytes(b"")
    assert first("offline") == "COCO weights (here)"
    own = start_options(replace(BIG, weights=(LITE0,)), [], "offline")[0]
    assert own.text == "ImageNet weights (here)"  # those that come with the program


def test_earlier_runs_of_the_recipe_and_a_file_can_be_a_start(form: RunForm) -> None:
    form.set_runs([("run-1", "Big #1", "big"), ("run-2", "Small", "small")])
    choose(form, "big")
    offered = [form.start_box.itemData(at) for at in range(form.start_box.count())]
    assert offered == ["pretrained", "none", "run-1", "file…"]
    options = start_options(BIG, [], "unknown", "/models/mine.safetensors")
    assert options[-1].value == "/models/mine.safetensors"
    assert options[-1].text == "mine.safetensors"


def test_a_file_is_chosen_in_a_dialog(
    form: RunForm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = str(tmp_path / "mine.safetensors")
    monkeypatch.setattr("workbench.gui.train.form.QFileDialog.getOpenFileName",
                        lambda *_: (path, ""))
    form.start_box.setCurrentIndex(form.start_box.findData("file…"))
    assert form.request().start_from == path
    monkeypatch.setattr("workbench.gui.train.form.QFileDialog.getOpenFileName",
                        lambda *_: ("", ""))
    form.start_box.setCurrentIndex(form.start_box.findData("file…"))
    assert form.request().start_from == "auto"


def test_the_automatic_choice_is_named_once_it_is_known(form: RunForm) -> None:
    form.set_suggested("big")
    assert form.recipe_box.currentText() == "Automatic: Big"
    assert form.request().recipe == "auto"
    assert form.editor("anchors").value() == 3  # its settings are shown


def test_devices_are_a_choice_only_where_there_is_one(form: RunForm) -> None:
    form.set_devices([{"id": "cpu", "name": "2 cores"}])
    assert form.device_holder.isHidden()
    form.set_devices([{"id": "cpu", "name": "2 cores"}, {"id": "cuda:0", "name": "GPU"}])
    assert not form.device_holder.isHidden()
    form.device_box.setCurrentIndex(2)
    assert form.request().device == "cuda:0"


def test_what_was_chosen_for_one_project_does_not_follow_into_another(
        qtbot: QtBot, form: RunForm) -> None:
    form.set_request(TrainRequest(settings={"lr": 0.02}, minutes=3.0, start_from="old-run"))
    form.leave_project()
    asked = form.request()
    assert asked.settings == {} and asked.start_from == "auto"
    assert asked.minutes == 3.0, "how long one trains is a habit of the person"


def test_settings_that_mean_nothing_for_the_labels_are_not_offered(qtbot: QtBot) -> None:
    balance = Field("balance", "bool", False, "Balance classes", label_kinds=("class",))
    recipe = replace(SMALL, id="instant", settings=SMALL.settings.extended(balance))
    form = RunForm([recipe], "detection")
    qtbot.addWidget(form)
    form.editor("balance").set_value(True)
    assert form.request().settings == {"balance": True}
    form.set_label_kind("number")
    assert form.plain is not None and "balance" not in form.plain.schema
    assert form.request().settings == {}
    form.set_label_kind("class")
    assert form.request().settings == {"balance": True}, "what was chosen is not forgotten"
