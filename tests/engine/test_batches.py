"""The order of images and their batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from outlined_project import ellipse
from PIL import Image

from workbench.core.schema import Value
from workbench.engine import seeds
from workbench.engine.data.batches import batch_plan
from workbench.engine.data.images import ImageStore
from workbench.engine.data.upload import Uploaded
from workbench.engine.training.samplers import balanced, shuffled
from workbench.tasks.detection.engine.batches import BatchLoader
from workbench.tasks.detection.engine.compact.loss import unpack
from workbench.tasks.detection.engine.details import OUTLINE, Wanted
from workbench.tasks.detection.engine.packed import filled_up
from workbench.tasks.detection.engine.samples import ObjectOutline, Sample
from workbench.tasks.detection.engine.types import DetectionTarget


@given(st.integers(1, 300), st.integers(1, 40), st.integers(0, 9), st.integers(1, 50))
def test_every_image_once_in_even_batches(
    images: int, batch_size: int, seed: int, epoch: int
) -> None:
    plan = batch_plan(shuffled(images, seed)(epoch), batch_size)
    assert sorted(np.concatenate(plan).tolist()) == list(range(images))
    sizes = {len(batch) for batch in plan}
    assert max(sizes) <= batch_size and max(sizes) - min(sizes) <= 1


def test_rare_classes_are_shown_as_often_as_common_ones() -> None:
    labels = [["common"]] * 90 + [["common", "rare"]] * 10
    shown = np.concatenate([balanced(labels, 0, epoch) for epoch in range(40)])
    assert len(shown) == 40 * 100 and 0.4 < (shown >= 90).mean() < 0.6
    assert np.array_equal(balanced(labels, 3, 2), balanced(labels, 3, 2))
    assert len(balanced([[], ["a"]], 0, 1)) == 2


def test_order_depends_on_seed_and_epoch() -> None:
    def order(seed: int, epoch: int) -> list[int]:
        return shuffled(50, seed)(epoch).tolist()

    assert order(0, 1) == order(0, 1)
    assert order(0, 1) != order(0, 2)
    assert order(0, 1) != order(1, 1)
    assert seeds.derive(0, 1, 12) != seeds.derive(0, 11, 2)


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    rng = np.random.default_rng(0)
    paths = []
    for number in range(10):
        paths.append(tmp_path / f"{number}.png")
        Image.fromarray(rng.integers(0, 255, (30, 40, 3)).astype(np.uint8)).save(paths[-1])
    samples = [Sample.blank(path.name, path, (40, 30)) for path in paths]
    return ImageStore(samples, (64, 64), memory=1 << 30, folder=tmp_path, workers=2)


def loader_of(store: ImageStore, **options: Any) -> BatchLoader:
    boxes = np.asarray([[4, 4, 20, 20], [1, 1, 1.2, 9]], np.float32)
    samples = [Sample(str(number), Path(), (40, 30), boxes, ("a", "b"), np.zeros(2, np.bool_))
               for number in range(10)]
    labels = [np.asarray([number % 3, 1]) for number in range(10)]
    return BatchLoader(store, samples, labels, {"augment": True}, 0, torch.device("cpu"), **options)


@pytest.fixture(params=[False, True], ids=["between", "ahead"])
def loader(store: ImageStore, request: pytest.FixtureRequest) -> BatchLoader:
    return loader_of(store, ahead=request.param)


def test_an_epoch_that_begins_in_the_middle_goes_on_as_it_would_have(loader: BatchLoader) -> None:
    whole = list(loader.epoch(3, 4, 0, lambda index: index / 10))
    rest = list(loader.epoch(3, 4, 1, lambda index: index / 10))
    assert [batch.index for batch in rest] == [1, 2]
    for one, other in zip(whole[1:], rest, strict=True):
        assert torch.equal(one.inputs, other.inputs)
        for a, b in zip(one.targets, other.targets, strict=True):
            assert torch.equal(a.boxes, b.boxes) and torch.equal(a.labels, b.labels)


def test_closing_an_epoch_early_stops_the_work_ahead(loader: BatchLoader) -> None:
    batches = loader.epoch(1, 2, 0, lambda index: 0.0)
    next(batches)
    batches.close()
    with pytest.raises(StopIteration):
        next(batches)


def test_boxes_too_thin_to_learn_are_left_out(loader: BatchLoader) -> None:
    for batch in loader.epoch(1, 5, 0, lambda index: 1.0):
        assert batch.inputs.dtype == torch.uint8 and batch.inputs.shape == (5, 3, 64, 64)
        for target in batch.targets:
            assert len(target.boxes) == len(target.labels) == 1
            assert ((target.boxes[:, 2:] - target.boxes[:, :2]) >= 1).all()


def test_packed_labels_are_those_in_lists(store: ImageStore) -> None:
    listed, packed = loader_of(store), loader_of(store, packed=True)
    for one, other in zip(listed.epoch(1, 4, 0, lambda index: 0.2),
                          packed.epoch(1, 4, 0, lambda index: 0.2), strict=True):
        assert torch.equal(one.inputs, other.inputs)
        assert isinstance(other.targets, torch.Tensor)
        objects = unpack(filled_up(other.targets))
        assert len(objects) == 64 and objects.real is not None
        for place, target in enumerate(one.targets):
            own = objects.real & (objects.image == place)
            assert torch.equal(objects.boxes[own], target.boxes)
            assert torch.equal(objects.labels[own], target.labels)


def test_registered_augmentations_are_given_the_labels_of_each_image(
    store: ImageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def only_first(
        inputs: torch.Tensor, targets: list[DetectionTarget], generator: torch.Generator
    ) -> tuple[torch.Tensor, list[DetectionTarget]]:
        assert len(inputs) == len(targets)
        return inputs.flip(0), [targets[0], *(DetectionTarget(t.boxes[:0], t.labels[:0])
                                              for t in targets[1:])]

    loader = loader_of(store, packed=True)
    (plain,) = loader.epoch(1, 10, 0, lambda index: 0.2)
    monkeypatch.setattr(loader, "_vary", only_first)
    (varied,) = loader.epoch(1, 10, 0, lambda index: 0.2)
    assert torch.equal(varied.inputs, plain.inputs.flip(0))
    assert torch.equal(varied.targets, plain.targets[plain.targets[:, 0] == 0])


def outlined_loader(store: ImageStore, *outlined: int, **settings: Value) -> BatchLoader:
    boxes = [np.asarray([[4, 4, 20, 20], [1, 1, 12, 9]], np.float32) for _ in range(10)]
    samples = [
        Sample(path.name, path, (40, 30), own, ("a", "a"), np.zeros(2, np.bool_), shapes=tuple(
            ObjectOutline(ellipse(box)) for box in own.tolist()) if number in outlined else ())
        for number, (path, own) in enumerate(zip(map(Path, "0123456789"), boxes, strict=True))]
    return BatchLoader(store, samples, [np.asarray([0, 0])] * 10,
                       settings or {"augment": False}, 0, torch.device("cpu"), packed=True,
                       wanted=Wanted(True, ()))


def test_batches_are_turned_the_same_each_time_also_at_the_end(store: ImageStore) -> None:
    def made(**settings: Value) -> tuple[torch.Tensor, torch.Tensor]:
        loader = outlined_loader(store, *range(5), **settings, **{"augment.flip_x": 0.0})
        (batch,) = loader.epoch(2, 10, 0, lambda _: 0.95)
        assert isinstance(batch.targets, torch.Tensor)
        return batch.inputs, batch.targets

    plain, turned, again = made(), made(**{"augment.turn": 1.0}), made(**{"augment.turn": 1.0})
    assert all(map(torch.equal, turned, again)) and not torch.equal(turned[0], plain[0])
    assert not torch.equal(turned[1][:4, 2:6], plain[1][:4, 2:6])


def test_batches_without_any_outline_have_the_columns_of_the_others(store: ImageStore) -> None:
    """On a GPU a recorded step gives the losses that it was recorded with."""
    batches = list(outlined_loader(store, 3).epoch(1, 1, 0, lambda index: 0.2))
    rows = [batch.targets for batch in batches if isinstance(batch.targets, torch.Tensor)]
    assert len(rows) == 10 and {item.shape for item in rows} == {(2, 6 + OUTLINE)}
    assert sum(bool(item[:, 6].all()) for item in rows) == 1
    assert sum(bool(item[:, 6:].any()) for item in rows) == 1


def move(target: DetectionTarget) -> None:
    target.boxes = target.boxes + 7


def drop(target: DetectionTarget) -> None:
    target.boxes, target.labels = target.boxes[1:], target.labels[1:]


def leave(target: DetectionTarget) -> None:
    """As one does that changes colours."""


@pytest.mark.parametrize("change", [move, drop, leave])
def test_outlines_that_an_augmentation_left_behind_teach_nothing(
    store: ImageStore, monkeypatch: pytest.MonkeyPatch, change: Callable[[DetectionTarget], None]
) -> None:
    def vary(
        inputs: torch.Tensor, targets: list[DetectionTarget], generator: torch.Generator
    ) -> tuple[torch.Tensor, list[DetectionTarget]]:
        for target in targets[:4]:
            change(target)
        return inputs, targets

    loader = outlined_loader(store, *range(10))
    monkeypatch.setattr(loader, "_vary", vary)
    (batch,) = loader.epoch(1, 10, 0, lambda index: 0.2)
    assert isinstance(batch.targets, torch.Tensor)
    objects = unpack(batch.targets)
    assert objects.details is not None
    assert bool(objects.details[objects.image < 4, 0].any()) == (change is leave)
    assert objects.details[objects.image >= 4, 0].all()


@pytest.mark.parametrize("room", [0, 4 * 3 * 8 - 1, 4 * 3 * 8])
def test_pictures_are_brought_to_a_device_once_where_all_have_room(room: int) -> None:
    pictures = np.arange(4 * 3 * 8, dtype=np.uint8).reshape(4, 3, 2, 4)
    asked: list[list[int]] = []

    def get(indices: Sequence[int]) -> NDArray[np.uint8]:
        asked.append(list(indices))
        return pictures[list(indices)]

    kept = Uploaded(get, 4, torch.device("cpu"), room)
    for indices in ([2, 0, 2], [0, 2], [3, 2]):
        assert np.array_equal(kept.get(indices).numpy(), pictures[indices])
    if room == pictures.nbytes:
        assert asked == [[2], [2, 0], [3]]
    else:
        assert asked[-3:] == [[2, 0, 2], [0, 2], [3, 2]]
