"""The instant model of areas: fitted to strokes in a moment, then a model as any other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tiny_areas
import torch
from PIL import Image

from tests.engine.steering import Listener, equal, request, weights
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.class_maps import ClassMap
from workbench.core.errors import WorkbenchError
from workbench.core.masks import mask_of_pixels
from workbench.engine.models.saved import load_run
from workbench.engine.training.control import TrainControl
from workbench.engine.training.preflight import preflight
from workbench.engine.training.record import EventReporter
from workbench.engine.training.train import resume, train
from workbench.formats.class_maps import load_class_maps
from workbench.formats.voc import new_voc
from workbench.jobs.events import Step
from workbench.project.live_areas.learner import AreaLearner, PaintedImage, ReadPixels
from workbench.project.runs import RunFolder
from workbench.tasks.segmentation.engine.task import TASK

REPORTER = EventReporter(lambda event: None)
Objects = tuple[LabeledObject, ...]


def strokes(number: int, *, ground: bool = True) -> Objects:
    """A short stroke on the disc, one on the stripe, and perhaps one beside both."""
    _, disc, left = tiny_areas.picture(number)
    y, x = (int(place.mean()) for place in np.nonzero(disc))
    places = {"disc": (x - 3, y - 1), "stripe": (left + 3, 20), "background": (1, 1)}
    return tuple(LabeledObject(name, mask_of_pixels(np.ones((3, 7), bool), *at))
                 for name, at in places.items() if ground or name != "background")


def paint(folder: Path, number: int, objects: Objects) -> None:
    path = folder / f"images/area{number:02}.png"
    (folder / f"annotations/area{number:02}.xml").write_bytes(
        new_voc(Annotation(objects, size=tiny_areas.SIZE), image_path=path))


@pytest.fixture
def painted(areas: Path) -> Path:
    """The training images have strokes, those held back have all of their labels."""
    for number in range(10):
        paint(areas, number, strokes(number))
    return areas


def fitted(project: Path, **options: object) -> RunFolder:
    return train(project, request(None, recipe="areas-instant", **options), lambda event: None,
                 TrainControl())


def test_strokes_become_a_model_that_is_judged_and_asked_as_others_are(painted: Path) -> None:
    run = fitted(painted)
    assert run.state["state"] == "finished" and run.config["unlabelled"] == "unknown"
    assert run.state["metrics"]["val"]["miou"] > 0.5 and run.state["metrics"]["test"]["miou"] > 0.5
    stored = load_class_maps(run.predictions_path("test"))
    assert stored.map(0).size == tiny_areas.SIZE and stored.classes == ["disc", "stripe"]
    files = [run.project / key for key in stored.files]
    for place, item in enumerate(TASK.predict(run, files, REPORTER, "cpu").items):
        found = ClassMap.of_json(item["map"])
        assert np.array_equal(found.labels, stored.map(place).labels)
        assert np.array_equal(found.levels, stored.map(place).levels)


def test_it_says_what_is_suggested_while_one_paints(areas: Path) -> None:
    for number in range(10):
        paint(areas, number, strokes(number) if number == 0 else ())
    run = fitted(areas)
    path = areas / "images/area05.png"

    def read(file: Path) -> ReadPixels:
        return ReadPixels(np.asarray(Image.open(file).convert("RGB")), tiny_areas.SIZE)

    learner = AreaLearner(read, None)  # type: ignore[arg-type]  # no image is read without labels
    learner.take_all([PaintedImage("0", areas / "images/area00.png", strokes(0))], lambda: None,
                     lambda _: None)
    suggestion = learner.suggest(PaintedImage("5", path, ()), ("background", "disc", "stripe"),
                                 lambda: None).suggestion
    assert suggestion is not None
    live = suggestion.probabilities.astype(np.float32) / 255
    model, _, _ = load_run(run, "cpu")
    pixels = torch.from_numpy(np.ascontiguousarray(read(path).colors.transpose(2, 0, 1)))
    assert np.abs(model.scores(pixels[None])[0].numpy() - live).max() < 0.02


def test_where_nobody_painted_the_ground_the_next_likeliest_class_stands_against_one(
    areas: Path
) -> None:
    for number in range(10):
        paint(areas, number, strokes(number, ground=False))
    run = fitted(areas)
    assert run.config["unlabelled"] == "unknown"
    stored = load_class_maps(run.predictions_path("test"))
    levels = stored.map(0).levels
    assert levels.min() >= 10, "each pixel belongs to a class"
    assert len(np.unique(levels)) > 3, "and the least score can still leave out what is unsure"


def test_things_of_one_class_have_the_unlabelled_pixels_as_their_ground(areas: Path) -> None:
    for number in range(16):
        _, disc, _ = tiny_areas.picture(number)
        paint(areas, number, (LabeledObject("disc", mask_of_pixels(disc)),))
    run = fitted(areas)
    assert run.config["unlabelled"] == "background"
    assert run.state["metrics"]["test"]["miou"] > 0.7


def test_images_in_grey_and_in_colours_are_learned_apart_and_both_are_found(painted: Path) -> None:
    for number in (*range(5), 13, 14):
        path = painted / f"images/area{number:02}.png"
        Image.open(path).convert("L").save(path)
    both = fitted(painted)
    assert both.state["metrics"]["test"]["miou"] > 0.4
    for number in range(5):
        (painted / f"images/area{number:02}.png").unlink()
    in_colours = fitted(painted)
    stored = load_class_maps(in_colours.predictions_path("test"))
    assert (stored.map(0).at(0.5) == 1).any(), "images in grey are looked at as others"


def test_a_run_that_was_broken_off_ends_as_if_nothing_had_been(painted: Path) -> None:
    for number in range(10, 24):  # so that there are two steps
        pixels, _, _ = tiny_areas.picture(number)
        Image.fromarray(pixels).save(painted / f"images/area{number:02}.png")
        paint(painted, number, strokes(number))
    asked = request(None, recipe="areas-instant")
    whole = weights(train(painted, asked, lambda event: None, TrainControl()))
    listener = Listener()
    listener.at(lambda event: isinstance(event, Step), listener.control.stop)
    stopped = train(painted, asked, listener, listener.control)
    assert stopped.state["state"] == "stopped"
    resumed = weights(resume(painted, stopped.name, lambda event: None, TrainControl()))
    assert equal({**resumed, "position": None}, {**whole, "position": None})


def test_a_check_before_it_says_how_long_it_takes(painted: Path) -> None:
    done = preflight(painted, request(None, recipe="areas-instant"), lambda event: None,
                     TrainControl())
    assert "pixels without a label are left out" in done.words


def test_strokes_and_short_times_are_fitted_at_once_and_it_is_said_why(
    painted: Path, tmp_path: Path
) -> None:
    recipe, why = TASK.choose_recipe(painted, "cpu", 10, frozenset())
    assert recipe == "areas-instant" and why.startswith("only strokes are painted, 1.0 % of the")
    whole = tiny_areas.make_areas(tmp_path / "whole")
    assert TASK.choose_recipe(whole, "cpu", 10, frozenset())[0] != "areas-instant"
    assert TASK.choose_recipe(whole, "cpu", 0.2, frozenset()) == ("areas-instant",
                                                                 "it takes seconds")


def test_a_single_class_without_a_ground_is_refused_with_what_helps(areas: Path) -> None:
    for number in range(10):
        paint(areas, number, strokes(number)[:1])
    with pytest.raises(WorkbenchError, match="nothing but “disc” is painted"):
        fitted(areas, settings={"unlabelled": "unknown"})


def test_it_is_no_file_for_other_programs(painted: Path) -> None:
    run = fitted(painted)
    model, card, _ = load_run(run, "cpu")
    with pytest.raises(WorkbenchError, match="train another one"):
        TASK.exportable(model, card, run, {})
