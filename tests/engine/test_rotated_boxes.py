"""Rotated boxes from labels to a model and back: learned, found, stored and kept as such."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_project import make_project

from tests.engine.steering import Listener, request
from workbench.core.annotation import LabeledObject
from workbench.core.found_shapes import found_shapes
from workbench.core.outlines import Polygon, RotatedBox
from workbench.core.shapes import Box, Shape
from workbench.engine.training.planning import make_plan
from workbench.engine.training.train import resume, train
from workbench.extension.engine_task import SilentReporter
from workbench.formats.predictions import load_predictions
from workbench.formats.voc import read_voc
from workbench.jobs.events import Epoch, Finished
from workbench.project.datasets.images import Record, cut_to, load_dataset
from workbench.tasks.detection.details import OUTLINES, learned_config, rotated_wanted
from workbench.tasks.detection.engine import detect
from workbench.tasks.detection.engine.advice import data_warnings
from workbench.tasks.detection.engine.compact import model
from workbench.tasks.detection.engine.compact.detail_heads import DetailHeads
from workbench.tasks.detection.engine.predict import predict_each
from workbench.tasks.detection.engine.samples import Sample, data_facts
from workbench.tasks.detection.saving import SAVING

TURNED = RotatedBox((50.0, 40.0), 40.0, 12.0, 0.6)
DIAMOND = Polygon((((50.0, 20.0), (70.0, 40.0), (50.0, 60.0), (30.0, 40.0)),))
ON = {OUTLINES.name: "most"}


def turn_labels(project: Path, angle: float = 0.5) -> Path:
    """Make each box a rotated one within it."""
    for path in (project / "annotations").glob("*.xml"):
        document = read_voc(path)
        path.write_bytes(document.render(replace(document.annotation, objects=tuple(
            item.with_shape(_within(item.box, angle)) for item in document.annotation.objects))))
    return project


def _within(box: tuple[float, float, float, float], angle: float) -> RotatedBox:
    side = min(box[2] - box[0], box[3] - box[1])
    return RotatedBox(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), side * 0.9, side * 0.4, angle)


def record(*shapes: Shape, size: tuple[int, int] = (100, 80)) -> Record:
    return Record("a.png", Path("a.png"), size,
                  tuple(LabeledObject("thing", shape) for shape in shapes))


@pytest.mark.parametrize(("shapes", "wanted"), [
    ((TURNED, TURNED, Box(1, 1, 9, 9)), True), ((TURNED, TURNED, DIAMOND), True),
    ((TURNED, DIAMOND, DIAMOND), False), ((TURNED, Box(1, 1, 9, 9), Box(1, 1, 9, 9)), False),
    ((DIAMOND,), False)])
def test_what_most_labels_are_is_found(shapes: tuple[Shape, ...], wanted: bool) -> None:
    facts = data_facts([Sample.of(record(*shapes))], ["thing"])
    assert rotated_wanted(ON, facts) == wanted
    assert not rotated_wanted({OUTLINES.name: "off"}, facts) and not rotated_wanted({}, facts)
    assert learned_config(ON, facts)["finds_rotated"] == wanted


def test_a_rotated_box_at_the_edge_is_still_one() -> None:
    at_edge = cut_to(LabeledObject("thing", TURNED.moved(40, 0)), (100, 80))
    assert at_edge is not None and isinstance(at_edge.shape, RotatedBox)
    assert at_edge.box[2] == 100 and not at_edge.shape.whole
    truth = Sample.of(record(at_edge.shape, TURNED, DIAMOND, Box(1, 2, 9, 5))).truth(
        ["thing"], rotated=True)
    assert truth.outlines is None and truth.rotated is not None
    cut, whole, diamond, box = truth.rotated.tolist()
    assert whole == pytest.approx([50, 40, 40, 12, 0.6])
    assert cut[2] < 35 and cut[4] == pytest.approx(0.6, abs=0.1)
    assert diamond[2:4] == pytest.approx([800**0.5, 800**0.5], rel=0.03)
    assert diamond[4] % (math.pi / 2) == pytest.approx(math.pi / 4, abs=0.03)
    assert box == pytest.approx([5, 3.5, 8, 3, 0])


def test_what_is_said_before_a_training_is_what_happens(tmp_path: Path) -> None:
    project = turn_labels(make_project(tmp_path / "p"))

    def said(**settings: str) -> str:
        plan = make_plan(project, request(1, recipe="compact-n", settings=settings),
                         lambda text, done, total: None)
        return "\n".join(plan.warnings)

    assert "rotated" not in said()
    assert "rotated boxes: the model learns and finds the boxes around them" in said(outlines="off")
    data = load_dataset(project)
    mixed = replace(data, train=[record(TURNED, TURNED, DIAMOND)])
    assert "1 polygon: found as rotated boxes, as most labels are such" in data_warnings(
        mixed, {"rotated box", "polygon"}, rotated=True)


def test_the_whole_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (detect, model):
        monkeypatch.setattr(place, "LOWEST_SCORE", 0.0)  # two epochs make nothing sure
    project = turn_labels(make_project(tmp_path / "p", images=10, val=3, test=2))
    told, again = Listener(), Listener()
    told.at(lambda event: isinstance(event, Epoch), told.control.abandon)
    run = train(project, request(2, recipe="compact-n", settings={"image_size": 64}), told,
                told.control)
    resume(project, run, again, again.control)
    assert again.of(Finished) and run.config["finds_rotated"]
    assert all("outline" in event.losses for event in (*told.of(Epoch), *again.of(Epoch)))
    stored = load_predictions(run.predictions_path("val"))
    for item in stored.detections:
        assert len(item) and item.outlines is None and item.rotated is not None
    picture = project / "images" / "000.png"
    [answer] = predict_each(run, [picture], SilentReporter(), "cpu", score_thresh=0.0)
    assert isinstance(answer, dict) and answer["boxes"]
    assert len(answer["rotated"]) == len(answer["outlines"]) == len(answer["boxes"])
    for place in range(len(answer["boxes"])):
        [shape] = found_shapes(answer, place)
        assert isinstance(shape, RotatedBox)
        x0, y0, x1, y1 = answer["boxes"][place]
        assert x0 <= shape.center[0] <= x1 and y0 <= shape.center[1] <= y1
        ring = np.array(answer["outlines"][place]).reshape(-1, 2)
        assert ring == pytest.approx(np.array(shape.corners()), abs=0.2)
    assert SAVING.annotation is not None
    assert {type(item.shape) for item in SAVING.annotation(answer).objects} == {RotatedBox}


def test_only_the_head_for_rotated_boxes_is_told_where_in_the_box_it_looks() -> None:
    """So that weights of outlines fit as ever; of two things beside each other on a diagonal the
    one is meant that runs into the corners."""
    heads = {rotated: DetailHeads(8, 8, 8, 4, True, (), rotated) for rotated in (False, True)}
    sizes = {rotated: {name: tuple(value.shape) for name, value in head.state_dict().items()}
             for rotated, head in heads.items()}
    assert sizes[False].keys() == sizes[True].keys(), "nothing is kept of the places themselves"
    assert [name for name in sizes[True] if sizes[True][name] != sizes[False][name]] == [
        "outline.units.0.0.weight"]
    outline = heads[True].outline
    assert outline is not None
    x, y, down, up = outline.places
    assert (x == y.T).all()
    assert max(down.diagonal().max(), up.fliplr().diagonal().max()) < 1e-6
