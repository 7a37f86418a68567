"""Labelled outlines on their way to a model and to what judges it."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from outlined_project import ellipse, outline_labels
from tiny_project import make_project

from tests.engine.steering import Listener, request
from tests.project.helpers import add_image
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.outlines import Polygon
from workbench.core.shapes import Box, Shape
from workbench.engine.training.augmentation_previews import vary
from workbench.engine.training.control import TrainControl
from workbench.engine.training.parts import build_bare, build_parts
from workbench.engine.training.planning import make_plan
from workbench.engine.training.train import resume, train
from workbench.formats.voc import new_voc
from workbench.jobs.commands import TrainRequest, Vary
from workbench.jobs.events import Epoch, Event, Finished
from workbench.project.datasets.images import Record
from workbench.tasks.detection.engine import samples
from workbench.tasks.detection.engine.predict import Predictor
from workbench.tasks.detection.engine.samples import Sample, data_facts
from workbench.tasks.detection.engine.tiles import Tiling, tile_samples
from workbench.tasks.detection.engine.validation import main_score
from workbench.tasks.detection.label_outlines import LabelOutlines

ROUND = ellipse((10, 10, 50, 40))
LINE = Polygon((((10, 10), (40, 40), (10, 10)),))
THIN_RING = Polygon((*ellipse((10, 10, 50, 40)).rings, *ellipse((10.1, 10.1, 49.9, 39.9)).rings))


def record(*shapes: Shape, size: tuple[int, int] = (100, 80)) -> Record:
    return Record("a.png", Path("a.png"), size,
                  tuple(LabeledObject("thing", shape) for shape in shapes))


@pytest.mark.parametrize("odd", [LINE, THIN_RING], ids=["line", "thin ring"])
def test_with_an_outline_that_no_cell_lies_in_nothing_is_compared(odd: Polygon) -> None:
    labelled = record(ROUND, odd, Box(1, 1, 5, 5))
    truth = Sample.of(labelled).truth(["thing"])
    assert truth.outlined is not None and truth.outlined.tolist() == [True, False, False]
    judged = LabelOutlines.of(labelled.objects)
    assert judged is not None and judged.known.tolist() == [True, False, False]
    assert truth.outlines is not None and (judged.grids == truth.outlines).all()
    alone = record(odd)
    assert Sample.of(alone).truth(["thing"]).outlined is None is LabelOutlines.of(alone.objects)


def test_a_thin_thing_among_others_teaches_that_hardly_anything_of_its_box_belongs_to_it() -> None:
    """So that its box is shown, and no outline that was learned from other things; one without
    any inside is a mistake, and teaches nothing."""
    found = Sample.of(record(ROUND, LINE, THIN_RING)).outlines()
    assert found is not None and found.known.tolist() == [True, False, True]
    assert 0 < found.grids[2].max() < 128


def test_a_project_of_thin_things_learns_boxes() -> None:
    def facts(*shapes: Shape) -> int:
        return data_facts([Sample.of(record(*shapes))] * 300, ["thing"]).outlines

    assert facts(THIN_RING, LINE) == 0
    assert facts(ROUND, Box(1, 1, 5, 5)) == 300
    assert 750 < facts(ROUND, THIN_RING, ROUND, ROUND) < 1050


def test_tiles_share_the_outline_of_what_they_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Shape] = []
    whole = samples.known_grid

    def counted(shape: Shape) -> object:
        made.append(shape)
        return whole(shape)

    monkeypatch.setattr(samples, "known_grid", counted)
    shape = ellipse((80, 30, 140, 70))
    sample = Sample.of(record(shape, size=(200, 100)))
    tiles = [item for item in tile_samples([sample], Tiling(128, 64)) if item.names]
    assert len(tiles) == 3
    for tile in tiles:
        found = tile.outlines()
        assert found is not None and tile.window is not None
        left, top = tile.window[:2]
        assert found.frames.tolist() == [[80 - left, 30 - top, 140 - left, 70 - top]]
        expected = samples.stacked([whole(shape)])
        assert expected is not None and (found.grids == expected[0]).all()
    assert made == [shape]


def test_pictures_of_the_augmentation_wait_for_no_outline_that_they_do_not_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window asks for them at each touch of a slider; all outlines of a large project would
    take seconds each time."""
    for number in range(40):
        image = add_image(tmp_path, f"{number:02}.png", seed=number)
        shapes = [ellipse((5 + place, 5, 40 + place, 30)) for place in range(8)]
        whole = Annotation(tuple(LabeledObject("red", shape) for shape in shapes), size=(64, 48))
        image.with_suffix(".xml").write_bytes(new_voc(whole, image_path=image, depth=1))
    made: list[Shape] = []
    whole_grid = samples.known_grid

    def counted(shape: Shape) -> object:
        made.append(shape)
        return whole_grid(shape)

    monkeypatch.setattr(samples, "known_grid", counted)
    wish = TrainRequest(recipe="compact-n", epochs=1, device="cpu", settings={"image_size": 96})
    events: list[Event] = []
    vary(Vary("job", str(tmp_path), wish, 0), events.append, TrainControl())
    assert isinstance(events[-1], Finished) and len(events[-1].result["images"]) == 8
    assert 0 < len(made) < 40 * 8 / 2


def test_the_first_look_does_not_seem_long_for_the_outlines_it_has_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A training whose looks take long looks less often."""
    project = make_project(tmp_path / "p", images=8, val=2, test=0)
    outline_labels((project / "annotations").glob("*.xml"))
    clock, took, whole = time.perf_counter, [0.0], samples.known_grid

    def slow(shape: Shape) -> object:
        took[0] += 100.0
        return whole(shape)

    monkeypatch.setattr(samples, "known_grid", slow)
    monkeypatch.setattr(time, "perf_counter", lambda: clock() + took[0])
    plan = make_plan(project, request(1, recipe="compact-n", settings={"image_size": 64}),
                     lambda *_: None)
    parts = build_parts(plan, build_bare(plan), tmp_path / "cache")
    try:
        before = took[0]
        parts.validator.run([0, 1], lambda: None)
        assert took[0] > before and 0 < parts.validator.seconds_per_sample < 100
    finally:
        parts.close()


def test_what_is_not_compared_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "known_grid", lambda shape: pytest.fail("an outline was made"))
    truth = Sample.of(record(ROUND)).truth(["thing"], outlines=False)
    assert truth.outlines is None and np.allclose(truth.boxes, [[10, 10, 50, 40]])


@pytest.mark.parametrize("outlined", [True, False], ids=["drawn over", "drawn"])
def test_a_run_goes_on_as_it_began_when_outlines_were_drawn_or_lost_since(
    tmp_path: Path, outlined: bool
) -> None:
    project = make_project(tmp_path / "p", images=8, val=2, test=0)
    annotations = sorted((project / "annotations").glob("*.xml"))
    boxes = [path.read_bytes() for path in annotations]
    outline_labels(annotations)
    ellipses = [path.read_bytes() for path in annotations]

    def label(files: list[bytes]) -> None:
        for path, data in zip(annotations, files, strict=True):
            path.write_bytes(data)

    label(ellipses if outlined else boxes)
    begun = Listener()
    begun.at(lambda event: isinstance(event, Epoch), begun.control.abandon)
    run = train(project, request(2, recipe="compact-n", settings={"image_size": 64}), begun,
                begun.control)
    label(boxes if outlined else ellipses)
    again = Listener()
    resume(project, run, again, again.control)
    assert run.state["state"] == "finished"
    [first, second] = [event.losses for event in (*begun.of(Epoch), *again.of(Epoch))]
    assert first.keys() == second.keys() and ("outline" in first) == outlined
    assert Predictor.load(run, "cpu").card.facts["outlines"] == (12 if outlined else 0)


def test_the_epoch_with_the_best_boxes_is_not_the_best_where_outlines_are_bad() -> None:
    def score(**metrics: float) -> float:
        return main_score({**metrics, "val_images": 5.0, "f1": 0.9})

    assert score(map=0.61, outline_map=0.1) < score(map=0.60, outline_map=0.5)
    assert score(map=0.61, keypoint_map=0.1) < score(map=0.60, keypoint_map=0.5)
    assert score(map=0.61) == 0.61 and score() == -1.0
