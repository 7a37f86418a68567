"""A detector that learns where the key points of objects lie."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from tests.engine.test_augment import HEIGHT, WIDTH, spans
from tests.engine.test_compact import context, facts, rows_of
from workbench.core.annotation import LabeledObject
from workbench.core.outlines import Keypoints
from workbench.core.shapes import Box
from workbench.core.skeletons import Skeleton, mirrored
from workbench.engine.data.letterbox import Letterbox
from workbench.engine.training.muon import Muon
from workbench.project.datasets.images import Record
from workbench.tasks.detection.details import keypoints_wanted
from workbench.tasks.detection.engine import augment
from workbench.tasks.detection.engine.augment import BatchLabels
from workbench.tasks.detection.engine.compact import CompactDetector, build
from workbench.tasks.detection.engine.compact.keypoint_head import KeypointHead
from workbench.tasks.detection.engine.details import Wanted, keypoints_of, target_in_input
from workbench.tasks.detection.engine.detect import detect_batch
from workbench.tasks.detection.engine.painting import Tile
from workbench.tasks.detection.engine.samples import Sample, data_facts
from workbench.tasks.detection.engine.task import TASK
from workbench.tasks.detection.engine.types import DetectionTarget

FACE = Skeleton(("nose", "left ear", "right ear"))
PARTNERS = ((0, 2, 1),)


def sample_of(*shapes: Keypoints, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Sample:
    objects = tuple(LabeledObject("face", shape) for shape in shapes)
    return Sample.of(Record("a.png", Path(), size, objects))


def labelled(*shapes: Keypoints, size: tuple[int, int] = (WIDTH, HEIGHT)) -> DetectionTarget:
    sample, whole = sample_of(*shapes, size=size), Letterbox.fit(size, size)
    return target_in_input(sample, sample.labels(["face"]), whole, Wanted(False, PARTNERS))


def points_of(labels: BatchLabels | DetectionTarget) -> torch.Tensor:
    assert labels.details is not None
    return keypoints_of(labels.details)


@pytest.mark.parametrize(("names", "expected"), [
    (("nose", "left ear", "right ear"), (0, 2, 1)), (("L_eye", "R_eye"), (1, 0)),
    (("Leftpaw", "Rightpaw", "tail"), (1, 0, 2)), (("eye-l", "eye-r"), (1, 0)),
    (("left ear", "tail"), (0, 1)), (("ball", "roll"), (0, 1)), ((), (0, 1, 2)),
    (("LEFT", "RIGHT"), (1, 0)), (("nose",), (0, 1)),
])
def test_left_and_right_change_places_in_a_mirrored_picture(
    names: tuple[str, ...], expected: tuple[int, ...]
) -> None:
    assert mirrored(names, len(expected)) == expected


@settings(max_examples=40, deadline=None)
@given(area=spans(), window=spans(), mirror=st.tuples(st.booleans(), st.booleans()),
       where=st.tuples(st.integers(10, 80), st.integers(10, 50)))
def test_a_point_follows_what_it_marks(
    area: tuple[int, int, int, int], window: tuple[int, int, int, int],
    mirror: tuple[bool, bool], where: tuple[int, int],
) -> None:
    """The left ear is white, the right one lies above it; a mirrored left ear is a right one."""
    x, y = where
    image = torch.full((1, 3, HEIGHT, WIDTH), 10, dtype=torch.uint8)
    image[:, :, y - 2 : y + 3, x - 2 : x + 3] = 255
    shape = Keypoints(((x + 6.5, y + 0.5), (x + 0.5, y + 0.5), (x + 0.5, y - 8.5)), (2, 2, 1))
    tile = Tile(0, 0, area, window, mirror)
    painted = augment.paint(image, [tile])[0, 0].float()
    found = augment.move_boxes([labelled(shape)], [tile], keep=0.0)
    if not len(found.boxes):
        return
    [points] = points_of(found).tolist()
    turned = mirror[0] != mirror[1]
    spot, other = (points[2], points[1]) if turned else (points[1], points[2])
    inside = area[0] + 3 < spot[0] < area[2] - 3 and area[1] + 3 < spot[1] < area[3] - 3
    if inside:
        assert painted[int(spot[1]), int(spot[0])] > 150
    assert (other[1] < spot[1]) != mirror[1]
    assert [point[3] for point in points] == [0, 2, 1]


def test_points_that_are_not_labelled_teach_nothing() -> None:
    whole = labelled(Keypoints(((10, 10), (40, 12), (0, 0)), (2, 1, 0)))
    assert points_of(whole)[0, :, 2].tolist() == [1, 1, 0]
    few = labelled(Keypoints(((10, 10), (40, 40)), (2, 2)), Keypoints(((5, 5), (9, 9), (7, 5)),
                                                                      (2, 2, 2)))
    assert points_of(few)[:, :, 2].tolist() == [[1, 1, 0], [1, 1, 1]]


def model(size: int = 96, **more: Any) -> CompactDetector:
    torch.manual_seed(0)
    plain = context(size, keypoints="most", **more)
    known = replace(plain.facts, keypoints=plain.facts.boxes, partners=(*PARTNERS, ()))
    return build(replace(plain, facts=known))


def face(x: float, y: float) -> Keypoints:
    return Keypoints(((x + 24, y + 34), (x + 4, y + 6), (x + 44, y + 6)), (2, 2, 2))


def test_it_learns_points_and_says_where_they_lie() -> None:
    made = model()
    assert "the key points of objects are learned, too" in made.summary
    shapes = [face(8 + 5 * number, 6 + 5 * number) for number in range(3)]
    images = torch.full((3, 3, 80, 96), 114, dtype=torch.uint8)
    for number, shape in enumerate(shapes):
        for (x, y), channel in zip(shape.points, range(3), strict=True):
            images[number, :, int(y) - 4 : int(y) + 5, int(x) - 4 : int(x) + 5] = 0
            images[number, channel, int(y) - 4 : int(y) + 5, int(x) - 4 : int(x) + 5] = 255
    rows = rows_of([labelled(shape, size=(96, 80)) for shape in shapes])
    optimizer = Muon(made.parameter_groups({}))
    for step in range(45):
        for group in optimizer.param_groups:
            group["lr"] = 0.02 * (1 - step / 45)
        parts = made.losses(images, rows)
        assert set(parts) == {"class", "box", "keypoints"}
        optimizer.zero_grad()
        torch.autograd.backward(torch.stack(list(parts.values())).sum())
        optimizer.step()
    made.module.eval()
    places = [Letterbox.fit((192, 160), (96, 80))] * 3  # they are of larger pictures
    for item, shape in zip(detect_batch(made, images.numpy(), places, torch.device("cpu")), shapes,
                           strict=True):
        assert item.keypoints is not None and item.keypoints.shape == (len(item), 3, 3)
        assert item.outlines is None
        best = item.keypoints[item.labels == 0][0]
        assert best[:, :2] == pytest.approx(2 * np.asarray(shape.points), abs=10)
        assert (best[:, 2] > 0.2).all() and (best[:, 2] <= 1).all()
        assert np.isnan(item.keypoints[item.labels == 1]).all(), "that class has none"


def test_what_was_learned_of_points_is_read_back() -> None:
    samples = [sample_of(face(10, 10), face(20, 15)), sample_of()]
    found = data_facts(samples, ["bird", "face"], {"face": FACE})
    assert (found.keypoints, found.outlines) == (2, 0)
    assert found.partners == ((), (0, 2, 1))
    assert TASK.facts_from_json(TASK.facts_to_json(found)) == found
    truth = samples[0].truth(["bird", "face"])
    assert truth.keypoints is not None and truth.outlines is None
    assert truth.keypoints[1, 2].tolist() == [64, 21, 2]


def test_objects_without_a_labelled_point_have_none() -> None:
    unknown = Keypoints(((0, 0), (0, 0), (0, 0)), (0, 0, 0), Box(4, 4, 40, 30))
    found = data_facts([sample_of(unknown, unknown)], ["face"])
    assert (found.keypoints, found.partners, found.boxes) == (0, ((),), 2)
    assert not keypoints_wanted({"keypoints": "on"}, found)
    some = data_facts([sample_of(unknown, unknown, face(10, 10))], ["face"])
    assert some.keypoints == 1 and not keypoints_wanted({"keypoints": "most"}, some)


def test_key_points_are_learned_where_most_objects_have_them() -> None:
    some = replace(facts(((60.0, 60.0),) * 4), keypoints=3)
    assert keypoints_wanted({"keypoints": "most"}, some)
    assert not keypoints_wanted({"keypoints": "most"}, replace(some, keypoints=2))
    assert keypoints_wanted({"keypoints": "on"}, replace(some, keypoints=1))
    assert not keypoints_wanted({"keypoints": "off"}, some)
    assert not keypoints_wanted({"keypoints": "auto"}, some) and not keypoints_wanted({}, some)
    assert not build(context(96, keypoints="most")).keypoints


class Largest(TorchDispatchMode):
    """The bytes of the largest tensor that is made."""

    bytes = 0

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (),
                           kwargs: Any = None) -> Any:
        made = function(*args, **(kwargs or {}))
        if isinstance(made, torch.Tensor):
            self.bytes = max(self.bytes, made.nbytes)
        return made


def test_hundreds_of_points_take_little_memory() -> None:
    """Those of faces and hands, or of many classes: maps of all boxes would be gigabytes."""
    torch.manual_seed(0)
    head = KeypointHead(8, 8, 4, 4, (133, 133)).eval()
    maps = torch.rand(1, 8, 12, 12), torch.rand(1, 4, 24, 24)
    boxes, image = torch.tensor([[10.0, 10, 60, 70]]).repeat(300, 1), torch.zeros(300).long()
    labels = torch.arange(300) % 2
    with torch.no_grad(), Largest() as largest:
        found = head.points(maps, boxes, image, labels)
    assert largest.bytes < 30e6
    assert found.shape == (300, 133, 3)
    one = head.points(maps, boxes[:2], image[:2], labels[:2])
    assert torch.allclose(found, one.repeat(150, 1, 1), atol=1e-3)


def test_points_go_on_from_those_of_the_same_class() -> None:
    """Whatever the order of classes is in the run that a training starts from, and whatever other
    classes have points."""
    plain = context(96, keypoints="most")
    before = replace(plain, facts=replace(plain.facts, keypoints=plain.facts.boxes,
                                          partners=((0, 2, 1), (0,))))
    now = replace(before, classes=("c", "b", "a"),
                  facts=replace(before.facts, partners=((0, 1), (0,), (0, 2, 1, 3))))
    other, made = build(before), build(now)
    state, own = other.module.state_dict(), made.module.state_dict()
    found = made.translate(state, before)
    for part in ("weight", "bias"):
        name = f"details.keypoints.quarters.{part}"
        theirs, mine, taken = (item[name].split(4) for item in (state, own, found))
        # points of a: 0 to 2 there, 3 to 6 here; that of b: 3 there, 2 here
        wanted = [mine[0], mine[1], theirs[3], theirs[0], theirs[1], theirs[2], mine[6]]
        assert all(map(torch.equal, taken, wanted)) and len(taken) == len(wanted)
