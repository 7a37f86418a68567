"""Learning areas goes through the loop of all tasks: same steering, same files."""

from __future__ import annotations

import shutil
import tracemalloc
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
import tiny_areas
import torch

from tests.engine.steering import Listener, equal, request, weights
from workbench.core.class_maps import ClassMap
from workbench.core.errors import Problem, WorkbenchError
from workbench.core.progress import Check
from workbench.core.video import Shown, Source
from workbench.engine.models.efficientnet_lite import renamed
from workbench.engine.models.weight_files import load_weights
from workbench.engine.picture_predictor import Found
from workbench.engine.training.control import TrainControl
from workbench.engine.training.preflight import preflight
from workbench.engine.training.record import EventReporter
from workbench.engine.training.train import resume, train
from workbench.extension.recipe import LITE0, Recipe
from workbench.extension.registry import recipes
from workbench.extension.settings import training_settings
from workbench.formats.class_maps import load_class_maps
from workbench.jobs.events import Epoch, Preview, Step
from workbench.project.runs import RunFolder
from workbench.tasks.segmentation.engine.model import AreaModel
from workbench.tasks.segmentation.engine.network import AreaNetwork
from workbench.tasks.segmentation.engine.predict import (
    AreaPredictor,
    ensure_predictions,
    predict_set,
)
from workbench.tasks.segmentation.engine.task import TASK

REPORTER = EventReporter(lambda event: None)


def test_areas_are_learned_and_kept_with_the_run(learned: RunFolder) -> None:
    state = learned.state
    assert state["state"] == "finished" and learned.config["task"] == "semantic-segmentation"
    assert learned.config["unlabelled"] == "background"
    assert state["metrics"]["test"]["miou"] > 0.8
    assert state["metrics"]["val"]["miou"] == pytest.approx(
        max(item["metrics"]["miou"] for item in _epochs(learned)))
    stored = load_class_maps(learned.predictions_path("test"))
    assert stored.files == [f"images/area{number}.png" for number in (13, 14, 15)]
    assert stored.map(0).size == tiny_areas.SIZE and stored.classes == ["disc", "stripe"]


def _epochs(run: RunFolder) -> list[dict[str, dict[str, float]]]:
    import json

    events = [json.loads(line) for line in run.lines()]
    return [item for item in events if item["event"] == "epoch" and item["metrics"]]


def test_files_get_the_maps_that_are_stored(learned: RunFolder) -> None:
    stored = load_class_maps(learned.predictions_path("test"))
    files = [learned.project / key for key in stored.files]
    found = TASK.predict(learned, files, REPORTER, "cpu").items
    for place, item in enumerate(found):
        found_map, kept = ClassMap.of_json(item["map"]), stored.map(place)
        # a model that only answers has its norms folded in: equal but for rounding
        assert (found_map.at(0.5) == kept.at(0.5)).mean() > 0.99
        _, disc, _ = tiny_areas.picture(13 + place)
        assert item["areas"]["disc"] == pytest.approx(disc.mean(), abs=0.03)
        assert item["size"] == list(tiny_areas.SIZE) and item["classes"] == stored.classes


def test_only_what_is_not_stored_is_looked_at(
    learned: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = learned.predictions_path("val")
    before = path.read_bytes()
    asked: list[Source] = []
    look = AreaPredictor.predict_raw

    def noting(
        self: AreaPredictor, sources: Iterable[Source], check: Check
    ) -> Iterator[Found[ClassMap]]:
        asked.extend(wanted := list(sources))
        return look(self, wanted, check)

    monkeypatch.setattr(AreaPredictor, "predict_raw", noting)
    ensure_predictions(learned.project, learned, "val", REPORTER, "cpu")
    assert not asked and path.read_bytes() == before
    path.unlink()
    ensure_predictions(learned.project, learned, "val", REPORTER, "cpu")
    assert len(asked) == 3 and len(load_class_maps(path)) == 3


def test_large_inputs_are_judged_in_parts_and_many_maps_are_kept_packed(
    areas: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.tasks.segmentation.engine import looking, validation

    asked = request(1, recipe="areas-n", settings={"batch_size": 4})
    listener = Listener()
    whole = load_class_maps(train(areas, asked, listener, listener.control).predictions_path("val"))
    for module, name, value in ((looking, "_WHOLE", 1), (looking, "_WINDOW", 32),
                                (looking, "_AROUND", 32), (looking, "_PIXELS", {"cpu": 1}),
                                (validation, "_ROOM", 0)):
        monkeypatch.setattr(module, name, value)
    judged: list[tuple[int, ...]] = []
    forward = AreaNetwork.forward

    def noted(self: AreaNetwork, images: torch.Tensor) -> torch.Tensor:
        if not self.training:
            judged.append(tuple(images.shape))
        return forward(self, images)

    monkeypatch.setattr(AreaNetwork, "forward", noted)
    again = Listener()
    found = load_class_maps(train(areas, asked, again, again.control).predictions_path("val"))
    assert max(shape[0] * shape[2] * shape[3] for shape in judged) <= 96 * 96
    assert found.files == whole.files and found.shapes == whole.shapes
    assert len(again.of(Preview)) == len(listener.of(Preview)) > 0
    assert again.of(Epoch)[0].metrics.keys() == listener.of(Epoch)[0].metrics.keys()


def test_what_is_found_in_many_images_is_kept_small(learned: RunFolder) -> None:
    class Much(AreaPredictor):
        def predict_raw(self, sources: Iterable[Source], check: Check = lambda: None
                        ) -> Iterator[Found[ClassMap]]:
            for source in sources:
                assert isinstance(source, Path)
                yield Found(Shown(source), (1000, 1000), ClassMap(*np.zeros((2, 1000, 1000), "u1")))

    keys = [f"{number}.png" for number in range(40)]
    predictor = Much.load(learned, "cpu")
    tracemalloc.start()
    found = predict_set(predictor, learned.project, keys, "val", tick=lambda *_: None,
                        check=lambda: None)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.files == keys and found.map(39).size == (1000, 1000)
    assert most < 20e6  # all of them at once are 80 MB


def test_a_broken_file_is_told_and_costs_nothing_else(learned: RunFolder, tmp_path: Path) -> None:
    whole = learned.project / "images/area15.png"
    broken = tmp_path / "broken.png"
    broken.write_bytes(whole.read_bytes()[:200])
    found = list(TASK.predict_each(learned, [broken, whole], REPORTER, "cpu"))
    assert isinstance(found[0], Problem) and "broken.png" in found[0].path
    assert isinstance(found[1], dict) and found[1]["file"] == str(whole)


def test_a_paused_run_ends_as_if_nothing_had_been(areas: Path) -> None:
    asked = request(3, recipe="areas-n", settings={"batch_size": 4, "previews": 0})
    whole = train(areas, asked, lambda event: None, TrainControl())
    expected = weights(whole)
    shutil.rmtree(areas / "runs")
    listener = Listener()
    listener.at(lambda event: isinstance(event, Step) and event.epoch == 2,
                listener.control.stop)
    stopped = train(areas, asked, listener, listener.control)
    assert stopped.state["state"] == "stopped"
    resumed = resume(areas, stopped.name, lambda event: None, TrainControl())
    assert resumed.state["state"] == "finished"
    found = weights(resumed)
    assert {"model", "average"} <= {*expected}
    assert equal({**found, "position": None}, {**expected, "position": None})


@pytest.mark.parametrize("layers", ["last", "gradual"])
def test_a_backbone_goes_on_as_it_began(areas: Path, layers: str) -> None:
    asked = request(2, recipe="areas-lite0", settings={
        "batch_size": 8, "previews": 0, "image_size": 32, "train_layers": layers})
    whole = weights(train(areas, asked, lambda event: None, TrainControl()))
    shutil.rmtree(areas / "runs")
    listener = Listener()
    listener.at(lambda event: isinstance(event, Step) and event.epoch == 2,
                listener.control.stop)
    stopped = train(areas, asked, listener, listener.control)
    resumed = weights(resume(areas, stopped.name, lambda event: None, TrainControl()))
    assert equal({**resumed, "position": None}, {**whole, "position": None})


def test_what_shall_not_learn_of_a_backbone_rests_from_the_first_step_on(areas: Path) -> None:
    run = train(areas, request(1, recipe="areas-lite0", settings={
        "batch_size": 4, "image_size": 32, "train_layers": "head"}),
        lambda event: None, TrainControl())
    before = {f"encoder.backbone.{name}": value for name, value in
              renamed(load_weights(LITE0)).items()}
    own = {name: value for name, value in weights(run)["model"].items() if name in before}
    assert len(own) > 200
    assert not [name for name, value in own.items() if not torch.equal(value, before[name])]


def test_two_devices_learn_a_backbone_as_one_does(
    areas: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"batch_size": 8, "previews": 0, "image_size": 32, "augment": False, "ema": False}
    two = weights(train(areas, request(1, recipe="areas-lite0",
                                       settings={**settings, "devices": 2}),
                        lambda event: None, TrainControl()))
    shutil.rmtree(areas / "runs")
    losses = AreaModel.losses

    def short_of_memory(self: AreaModel, images: torch.Tensor, targets: torch.Tensor) -> object:
        if len(images) > 4:
            raise torch.OutOfMemoryError("out of memory")
        return losses(self, images, targets)

    monkeypatch.setattr(AreaModel, "losses", short_of_memory)  # half a batch after the other
    one = weights(train(areas, request(1, recipe="areas-lite0", settings=settings),
                        lambda event: None, TrainControl()))
    for name, value in one["model"].items():
        if "running" not in name and "num_batches" not in name:  # each device sees half of them
            torch.testing.assert_close(two["model"][name], value, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("recipe", ["areas-n", "areas-lite0"])
def test_the_smallest_images_are_learned_one_at_a_time(tmp_path: Path, recipe: str) -> None:
    areas = tiny_areas.make_areas(tmp_path / "areas", 9)  # three of them to learn from
    run = train(areas, request(1, recipe=recipe, settings={"batch_size": 1, "image_size": 32}),
                lambda event: None, TrainControl())
    assert run.state["state"] == "finished"


def test_a_damaged_training_image_teaches_nothing_and_is_told(areas: Path) -> None:
    path = areas / "images/area03.png"
    path.write_bytes(path.read_bytes()[:-400])
    listener = Listener()
    run = train(areas, request(2, recipe="areas-n", settings={"batch_size": 4}), listener,
                listener.control)
    assert run.state["state"] == "finished"
    assert any("area03.png" in str(event) for event in listener.events)
    assert all(np.isfinite(event.losses["loss"]) for event in listener.of(Epoch))


def test_only_boxes_are_refused_with_what_helps(areas: Path) -> None:
    for path in (areas / "annotations").glob("*.xml"):
        text = path.read_text("utf-8")
        for name in ("polygon", "mask"):
            while f"<{name}>" in text:
                start, end = text.index(f"<{name}>"), text.index(f"</{name}>")
                text = text[:start] + text[end + len(name) + 3:]
        path.write_text(text, "utf-8")
    with pytest.raises(WorkbenchError, match="no outline or mask on any"):
        train(areas, request(1, recipe="areas-n"), lambda event: None, TrainControl())


def test_the_check_before_a_training_says_how_areas_are_learned(areas: Path) -> None:
    done = preflight(areas, request(2, recipe="areas-n"), lambda event: None, TrainControl())
    assert "pixels without a label count as background" in done.words
    assert "96×64" in done.words


def test_what_is_not_labelled_is_left_out_where_background_is_a_class(areas: Path) -> None:
    for path in sorted((areas / "annotations").glob("*.xml"))[:2]:
        path.write_text(path.read_text("utf-8").replace("stripe", "background"), "utf-8")
    run = train(areas, request(1, recipe="areas-n", settings={"batch_size": 4}),
                lambda event: None, TrainControl())
    assert run.config["unlabelled"] == "unknown" and run.config["classes"] == ["disc", "stripe"]


def test_a_new_class_begins_beside_what_was_learned(learned: RunFolder, areas: Path) -> None:
    for path in sorted((areas / "annotations").glob("*.xml"))[:9]:
        path.write_text(path.read_text("utf-8").replace("stripe", "bar"), "utf-8")
    run = train(areas, request(1, recipe="areas-n", settings={"batch_size": 4},
                               start_from=str(learned.best_path)),
                lambda event: None, TrainControl())
    assert set(run.config["classes"]) == {"disc", "stripe", "bar"}
    assert run.state["metrics"]["test"]["miou"] > 0.3  # one epoch from nothing finds nothing


def test_large_inputs_are_looked_at_in_windows(
    learned: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.tasks.segmentation.engine import looking

    predictor = AreaPredictor.load(learned, "cpu")
    chance = np.random.default_rng(0)
    pixels = np.concatenate([tiny_areas.picture(number)[0] for number in range(20, 24)], 1)
    pixels = np.concatenate([pixels, pixels[::-1]]).transpose(2, 0, 1)[None]
    pixels = np.ascontiguousarray(pixels + chance.integers(0, 2, pixels.shape).astype(np.uint8))
    [whole] = looking.maps_of(predictor._model, pixels, torch.device("cpu"), lambda: None)
    for name, value in (("_WHOLE", 1), ("_WINDOW", 128), ("_AROUND", 128)):
        monkeypatch.setattr(looking, name, value)
    [found] = looking.maps_of(predictor._model, pixels, torch.device("cpu"), lambda: None)
    assert found.size == whole.size == (384, 128)
    assert (found.at(0.5) == whole.at(0.5)).mean() > 0.99


def test_a_recipe_of_a_plugin_learns_areas(areas: Path) -> None:
    recipe = Recipe(
        id="colours", title="Colours", summary="For tests.", task="semantic-segmentation",
        build="tests.support.plain_areas:build", parameters=100, from_nothing="yes",
        settings=training_settings(lr=0.05))
    recipes.register(recipe)
    try:
        run = train(areas, request(30, recipe="colours", settings={"batch_size": 4}),
                    lambda event: None, TrainControl())
        found = TASK.predict(run, [areas / "images/area15.png"], REPORTER, "cpu").items
    finally:
        recipes.unregister(recipe.id)
    assert run.state["metrics"]["test"]["miou"] > 0.6
    assert found[0]["areas"]["disc"] > 0.02
