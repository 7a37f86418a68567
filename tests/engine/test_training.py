"""Whole trainings with a recipe that learns in milliseconds."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
from tiny_project import curve, make_project

from tests.engine.steering import Listener, equal, request, weights
from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.outlines import Polygon
from workbench.core.shapes import Bounds
from workbench.engine.models.card import read_card
from workbench.engine.service import perform
from workbench.engine.training.control import Interrupt, TrainControl
from workbench.engine.training.parts import build_bare, build_parts
from workbench.engine.training.planning import make_plan
from workbench.engine.training.train import RunFailed, resume, train
from workbench.formats.predictions import load_predictions
from workbench.formats.voc import read_voc
from workbench.jobs.commands import Preflight
from workbench.jobs.events import (
    Checkpoint,
    Epoch,
    Failed,
    Finished,
    LogLine,
    Paused,
    Preview,
    Progress,
    Started,
    Step,
    Unpaused,
)
from workbench.project import runs
from workbench.project.runs import RunFolder, list_runs
from workbench.tasks.detection.engine.detect import detect_batch


def test_a_run_leaves_all_that_is_promised(project: Path, listen: Listener) -> None:
    wish = request(24, settings={"augment": False})
    run = train(project, wish, listen, listen.control, "job")
    assert run.state["state"] == "finished" and run.state["epoch"] == 24
    for name in ("config.json", "metrics.jsonl", "best.safetensors", "last.ckpt",
                 "predictions-val.npz", "predictions-test.npz"):
        assert (run.path / name).is_file(), name
    assert list((run.path / "tensorboard").glob("events.out.tfevents.*"))
    assert run.config["recipe"] == "tiny" and sorted(run.config["classes"]) == ["blue", "red"]
    started, finished = listen.of(Started), listen.of(Finished)
    assert len(started) == len(finished) == 1 and started[0].config == run.config
    assert finished[0].state == "finished" and finished[0].result["run"] == run.name
    metrics = run.state["metrics"]
    assert set(metrics) == {"best_epoch", "val", "test"}
    assert metrics["test"]["map_50"] > 0.2  # it has learned something
    assert all(event.job == "job" for event in listen.events if not isinstance(event, LogLine))


def test_what_is_told_while_it_learns(project: Path, listen: Listener) -> None:
    run = train(project, request(4), listen, listen.control)
    epochs, steps, previews = listen.of(Epoch), listen.of(Step), listen.of(Preview)
    assert [event.epoch for event in epochs] == [1, 2, 3, 4]
    assert epochs[-1].losses["loss"] < epochs[0].losses["loss"]
    for event in epochs:
        assert set(event.losses) == {"loss", "class", "box"}
        assert event.losses["loss"] == pytest.approx(
            event.losses["class"] + event.losses["box"], rel=1e-4)
        assert event.metrics["val_images"] == 4 and event.metrics["val_loss"] > 0
    assert sum(event.best for event in epochs) >= 1
    for event in steps:
        assert sum(event.times.values()) == pytest.approx(1)
        assert set(event.times) == {"data", "forward", "backward", "step"}
        assert 0 <= event.progress <= 1 and event.steps == 12 and event.epochs == 4
        assert event.images_per_second > 0
    assert len(previews) == 4 and len(previews[0].images) == 2
    shown = previews[-1].images[0]
    assert (project / str(shown["file"])).is_file()
    assert set(shown["labels"]) <= {"red", "blue"}
    kept = [json.loads(line)["event"] for line in run.lines()]
    assert kept.count("epoch") == 4 and kept.count("step") == len(steps)
    assert kept[0] == "started" and kept[-1] == "finished" and "progress" not in kept


def test_what_was_frozen_before_stays_so(project: Path, listen: Listener) -> None:
    """Else all that a process has imported is looked through for garbage after a training."""
    gc.freeze()
    before = gc.get_freeze_count()
    train(project, request(1), listen, listen.control)
    assert gc.get_freeze_count() > 0.9 * before


def test_the_same_seed_gives_the_same_curve(tmp_path: Path) -> None:
    curves = []
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        listen = Listener()
        train(make_project(tmp_path / name), request(2, seed=seed), listen, listen.control)
        curves.append(curve(listen.events))
    assert curves[0] == curves[1] != curves[2]


def test_polygons_train_as_the_boxes_around_them(tmp_path: Path) -> None:
    found = []
    for name in ("boxes", "polygons"):
        project = make_project(tmp_path / name)
        if name == "polygons":
            for path in (project / "annotations").glob("*.xml"):
                document = read_voc(path)
                path.write_bytes(document.render(replace(document.annotation, objects=tuple(
                    item.with_shape(_diamond(item.box)) for item in document.annotation.objects))))
        listen = Listener()
        train(project, request(2), listen, listen.control)
        found.append(curve(listen.events))
    assert found[0] == found[1]


def _diamond(box: Bounds) -> Polygon:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return Polygon((((x, box[1]), (box[2], y), (x, box[3]), (box[0], y)),))


VARIED: dict[str, Any] = {
    "augment.mosaic": 0.9, "augment.flip_y": 0.5, "augment.hue": 0.2, "augment.until": 0.6,
    "augment.smallest": 0.4, "batch_size": 3,
}


@pytest.mark.parametrize("settings", [{"optimizer": "adamw"}, {"optimizer": "sgd", **VARIED}])
def test_a_resumed_run_equals_an_uninterrupted_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any]
) -> None:
    wish = request(4, settings=settings)
    straight = Listener()
    whole = train(make_project(tmp_path / "a"), wish, straight, straight.control)
    broken = Listener()
    broken.at(lambda event: isinstance(event, Epoch) and event.epoch == 2,
              broken.control.abandon)
    project = make_project(tmp_path / "b")
    run = train(project, wish, broken, broken.control)
    assert run.state["state"] == "interrupted" and run.resumable
    again = Listener()
    resumed = resume(project, run.name, again, again.control)
    assert resumed == run and run.state["state"] == "finished"
    assert again.of(Started)[0].resumed_at_epoch == 3
    assert curve(broken.events) + curve(again.events) == curve(straight.events)
    one, other = weights(whole), weights(run)
    for part in ("model", "average", "optimizer"):
        assert equal(one[part], other[part]), part
    assert equal(safetensors.torch.load_file(whole.best_path),
                 safetensors.torch.load_file(run.best_path))
    lines = [json.loads(line) for line in run.lines()]
    assert [line["epoch"] for line in lines if line["event"] == "epoch"] == [1, 2, 3, 4]


def test_what_an_earlier_best_model_predicted_goes_with_it(tmp_path: Path) -> None:
    """A window would show it as that of the model that a resumed run found since."""
    project, first = make_project(tmp_path / "a"), Listener()
    first.at(lambda event: isinstance(event, Epoch) and event.epoch == 1, first.control.stop)
    run = train(project, request(3), first, first.control)
    assert run.predictions_path("val").is_file()
    again = Listener()
    again.at(lambda event: isinstance(event, Epoch) and event.best, again.control.abandon)
    resume(project, run.name, again, again.control)
    assert again.of(Epoch)[-1].best and run.state["state"] == "interrupted"
    assert not run.predictions_path("val").exists()


def test_resuming_within_an_epoch_forgets_nothing_and_repeats_nothing(tmp_path: Path) -> None:
    wish = request(3, settings={"batch_size": 2})
    straight = Listener()
    whole = train(make_project(tmp_path / "a"), wish, straight, straight.control)
    broken = Listener()
    # the step is told before it is over: it stops at the next one
    broken.at(lambda event: isinstance(event, Step) and event.step == 1, broken.control.abandon)
    project = make_project(tmp_path / "b")
    run = train(project, wish, broken, broken.control)
    position = weights(run)["position"]
    assert position["epoch"] == 1 and 0 < position["batch"] < 5
    again = Listener()
    resume(project, run, again, again.control)
    assert curve(again.events) == curve(straight.events)
    assert equal(weights(whole)["model"], weights(run)["model"])


def test_pausing_changes_nothing_and_the_checkpoint_is_there(tmp_path: Path) -> None:
    straight, paused = Listener(), Listener()
    train(make_project(tmp_path / "a"), request(2), straight, straight.control)
    states = []

    def go_on() -> None:
        run = list_runs(project)[0]
        states.append((run.state["state"], run.checkpoint_path.is_file()))
        paused.control.unpause()

    paused.at(lambda event: isinstance(event, Step), paused.control.pause)
    paused.at(lambda event: isinstance(event, Paused), go_on)
    project = make_project(tmp_path / "b")
    run = train(project, request(2), paused, paused.control)
    assert states == [("paused", True)] and run.state["state"] == "finished"
    assert len(paused.of(Unpaused)) == 1
    assert curve(paused.events) == curve(straight.events)


def test_pausing_while_labels_are_read_is_told_too(project: Path, listen: Listener) -> None:
    listen.at(lambda event: isinstance(event, Progress), listen.control.pause)
    listen.at(lambda event: isinstance(event, Paused), listen.control.unpause)
    run = train(project, request(1), listen, listen.control)
    kinds = [type(event) for event in listen.events]
    assert kinds.index(Paused) < kinds.index(Unpaused) < kinds.index(Started)
    assert run.state["state"] == "finished"


def test_stop_keeps_the_best_and_can_go_on(project: Path, listen: Listener) -> None:
    listen.at(lambda event: isinstance(event, Epoch) and event.epoch == 2, listen.control.stop)
    run = train(project, request(50), listen, listen.control)
    assert run.state["state"] == "stopped" and len(listen.of(Epoch)) == 2
    assert listen.of(Finished)[0].state == "stopped"
    assert load_predictions(run.predictions_path("val")).files
    assert read_card(run.best_path).epoch in (1, 2)
    assert run.resumable


def test_stop_before_the_first_look_keeps_what_there_is(project: Path, listen: Listener) -> None:
    listen.at(lambda event: isinstance(event, Step), listen.control.stop)
    run = train(project, request(50), listen, listen.control)
    assert run.state["state"] == "stopped" and not listen.of(Epoch)
    assert read_card(run.best_path).epoch == 1


@pytest.fixture
def at_validation(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Callable[[], None]], None]:
    """Have something called in the middle of the n-th look at the validation images."""

    def arrange(number: int, then: Callable[[], None]) -> None:
        looks = 0

        def detect(*arguments: Any) -> Any:
            nonlocal looks
            looks += 1
            if looks == number:
                then()
            return detect_batch(*arguments)

        monkeypatch.setattr("workbench.tasks.detection.engine.detect.detect_batch", detect)

    return arrange


def test_stop_while_validating(
    project: Path, listen: Listener, at_validation: Callable[[int, Callable[[], None]], None]
) -> None:
    at_validation(3, listen.control.stop)
    run = train(project, request(50), listen, listen.control)
    assert run.state["state"] == "stopped" and len(listen.of(Epoch)) == 2
    assert read_card(run.best_path).epoch in (1, 2)


def test_pausing_while_validating_changes_nothing(
    tmp_path: Path, listen: Listener, at_validation: Callable[[int, Callable[[], None]], None]
) -> None:
    straight = Listener()
    whole = train(make_project(tmp_path / "a"), request(3), straight, straight.control)
    at_validation(2, listen.control.pause)
    listen.at(lambda event: isinstance(event, Paused), listen.control.unpause)
    run = train(make_project(tmp_path / "b"), request(3), listen, listen.control)
    assert len(listen.of(Unpaused)) == 1
    assert curve(listen.events) == curve(straight.events)
    assert equal(weights(whole)["model"], weights(run)["model"])


def test_measuring_the_validation_loss_teaches_the_model_nothing(project: Path) -> None:
    plan = make_plan(project, request(), lambda text, done, total: None)
    parts = build_parts(plan, build_bare(plan), project / "cache")
    before = {name: value.clone() for name, value in parts.model.module.state_dict().items()}
    loss = parts.validator.loss(range(4), lambda: None)
    assert loss == parts.validator.loss(range(4), lambda: None)
    assert equal(before, dict(parts.model.module.state_dict()))
    assert parts.validator.loss(range(1), lambda: None) is None  # no batch to normalise over
    parts.close()


def test_cancel_ends_at_once(project: Path, listen: Listener) -> None:
    listen.at(lambda event: isinstance(event, Step), listen.control.cancel)
    run = train(project, request(50), listen, listen.control)
    assert run.state["state"] == "cancelled"
    assert listen.of(Finished)[0].state == "cancelled" and not listen.of(Epoch)


def test_cancel_while_reading_leaves_no_run(project: Path, listen: Listener) -> None:
    listen.at(lambda event: isinstance(event, Progress), listen.control.cancel)
    with pytest.raises(Interrupt):
        train(project, request(), listen, listen.control)
    assert not list_runs(project)


def test_a_loss_that_is_no_number_ends_with_the_best_kept(
    project: Path, listen: Listener
) -> None:
    settings = {"tiny.fault": "nan", "tiny.fault_step": 5, "lr": 0.03}
    with pytest.raises(RunFailed, match=r"not a number.*0\.03.*epoch 2, was kept") as caught:
        train(project, request(5, settings=settings), listen, listen.control)
    run = caught.value.run
    assert run.state["state"] == "failed" and "learning rate" in run.state["message"]
    state = safetensors.torch.load_file(run.best_path)
    assert all(tensor.isfinite().all() for tensor in state.values())


def test_no_memory_for_one_image_is_told(project: Path, listen: Listener) -> None:
    settings = {"tiny.fault": "memory", "tiny.largest_batch": 0}
    with pytest.raises(RunFailed, match="smaller image"):
        train(project, request(2, settings=settings), listen, listen.control)


@pytest.mark.parametrize(("fault", "words"), [
    ("bug", "KeyError: 'a bug of the recipe'"),
    ("exit", "it tried to end the program (sys.exit(3))")])
def test_a_bug_in_a_recipe_leaves_a_true_state(
    project: Path, listen: Listener, fault: str, words: str
) -> None:
    settings = {"tiny.fault": fault, "tiny.fault_step": 8}
    with pytest.raises(RunFailed) as caught:
        train(project, request(5, settings=settings), listen, listen.control)
    run = caught.value.run
    assert run.state["state"] == "failed" and caught.value.resumable
    assert run.state["message"].startswith(
        f"Something in the plugin “tiny” went wrong: {words} (model.py, ")
    assert run.best_path.is_file()  # of the first epochs


def test_a_disk_that_fills_up_keeps_the_best_model_and_the_run_goes_on(
    project: Path, listen: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, *_: object) -> None:
        raise WorkbenchError("the disk is full", path=path)

    with monkeypatch.context() as patch:
        listen.at(lambda event: isinstance(event, Epoch) and event.epoch == 2,
                  lambda: patch.setattr(runs, "write_atomic", full))
        with pytest.raises(RunFailed, match=r"is full\. The best model so far is kept, and the "
                                            "run can be resumed") as caught:
            train(project, request(4), listen, listen.control)
    run = caught.value.run
    assert run.state["state"] == "failed" and run.resumable and run.best_path.is_file()
    resume(project, run.name, listen, listen.control)
    assert run.state["state"] == "finished"


def test_a_recipe_that_ends_the_program_does_not_end_the_engine(
    project: Path, listen: Listener
) -> None:
    wish = request(5, settings={"tiny.fault": "exit", "tiny.fault_step": 0})
    assert perform(Preflight("1", str(project), wish), listen, listen.control) == 1
    [failed] = listen.of(Failed)
    assert "tried to end the program" in failed.message


def test_a_run_whose_folder_is_renamed_says_so_and_goes_on_under_its_new_name(
    project: Path, listen: Listener
) -> None:
    other = project / "runs" / "other"

    def rename() -> None:
        run, = (project / "runs").iterdir()
        run.rename(other)

    listen.at(lambda event: isinstance(event, Epoch) and event.epoch == 2, rename)
    with pytest.raises(RunFailed, match="was renamed, moved or deleted while it trained"):
        train(project, request(4), listen, listen.control)
    run = RunFolder.find(project, "other")
    assert run.state["state"] == "interrupted", "this process lives, but works on it no more"
    resume(project, "other", listen, listen.control)
    assert run.state["state"] == "finished" and run.state["epoch"] == 4


def test_a_card_that_is_gone_ends_the_run_in_one_sentence_and_it_can_go_on(
    project: Path, listen: Listener
) -> None:
    settings = {"tiny.fault": "lost card", "tiny.fault_step": 6, "batch_size": 4}
    with pytest.raises(RunFailed, match=r"^the GPU stopped working.*its last checkpoint") as gone:
        train(project, request(3, settings=settings), listen, listen.control)
    run = gone.value.run
    assert gone.value.resumable and "CUDA" not in run.state["message"]
    config = run.path / "config.json"  # the card is there again
    config.write_text(config.read_text().replace("lost card", "none"))
    resume(project, run.name, listen, listen.control)
    assert run.state["state"] == "finished" and run.state["epoch"] == 3


def test_a_run_whose_card_is_gone_for_good_goes_on_with_what_there_is(
    project: Path, listen: Listener
) -> None:
    listen.at(lambda event: isinstance(event, Epoch), listen.control.stop)
    run = train(project, request(3), listen, listen.control)
    config = run.path / "config.json"
    config.write_text(config.read_text().replace('"device": "cpu"', '"device": "cuda:7"'))
    again = Listener()
    resume(project, run.name, again, again.control)
    assert run.state["state"] == "finished" and run.state["epoch"] == 3
    assert "The run was begun on “cuda:7”, which is not here now; it goes on on “cpu”." in [
        event.text for event in again.of(LogLine)]


def test_a_card_that_is_gone_at_once_says_to_begin_again(project: Path, listen: Listener) -> None:
    settings = {"tiny.fault": "lost card", "tiny.fault_step": 0}
    with pytest.raises(RunFailed, match="no checkpoint yet: train again") as gone:
        train(project, request(3, settings=settings), listen, listen.control)
    assert not gone.value.resumable


def test_an_unreadable_image_is_told_and_left_out(project: Path, listen: Listener) -> None:
    path = project / "images" / "002.png"
    path.write_bytes(path.read_bytes()[:-120])
    run = train(project, request(2), listen, listen.control)
    assert run.state["state"] == "finished"
    told = [event.text for event in listen.of(LogLine) if "002.png" in event.text]
    assert len(told) == 2, "before the training, and when it is read, but not in each epoch"


@pytest.mark.parametrize(("wish", "words"), [
    ({"recipe": "nope"}, "there is no recipe “nope”"),
    ({"settings": {"lr": "fast"}}, "not a number"),
    ({"settings": {"speed": 1}}, "there is no setting “speed”"),
    ({"start_from": "nowhere"}, "cannot start from"),
    ({"start_from": "pretrained"}, "no pretrained weights"),
    ({"split": "nope"}, "there is no split"),
    ({"minutes": 1.0}, "not both"),
])
def test_wrong_wishes_are_refused_before_anything_is_written(
    project: Path, listen: Listener, wish: dict[str, Any], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        train(project, request(**wish), listen, listen.control)
    assert not list_runs(project)


def test_nothing_to_learn_from_is_told(tmp_path: Path, listen: Listener) -> None:
    project = make_project(tmp_path / "p")
    for path in (project / "annotations").iterdir():
        path.unlink()
    with pytest.raises(WorkbenchError, match="draw some boxes first"):
        train(project, request(), listen, listen.control)


def test_a_finished_run_does_not_go_on(project: Path, listen: Listener) -> None:
    run = train(project, request(1), listen, listen.control)
    with pytest.raises(UsageError, match="is finished"):
        resume(project, run, listen, listen.control)


def test_a_run_whose_classes_changed_does_not_go_on(project: Path, listen: Listener) -> None:
    listen.at(lambda event: isinstance(event, Checkpoint), listen.control.stop)
    run = train(project, request(9), listen, listen.control)
    for path in (project / "annotations").iterdir():
        path.write_text(path.read_text().replace("blue", "violet"))
    with pytest.raises(WorkbenchError, match="classes have changed"):
        resume(project, run, listen, TrainControl())
