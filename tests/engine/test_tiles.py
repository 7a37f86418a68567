"""Large images with tiny objects are cut up, and what is found is put together again."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tiny_project import COLORS

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.detections import Detections
from workbench.core.shapes import Box
from workbench.engine.data.images import FILL, ImageStore, load_picture
from workbench.engine.models.card import read_card
from workbench.engine.training.control import TrainControl
from workbench.engine.training.planning import make_plan as make_training
from workbench.engine.training.preflight import preflight
from workbench.engine.training.record import EventReporter
from workbench.engine.training.train import train
from workbench.extension.detection import DataFacts
from workbench.formats.predictions import load_predictions
from workbench.formats.voc import new_voc
from workbench.jobs.commands import TrainRequest
from workbench.jobs.events import Epoch, Event
from workbench.project.datasets.splits import Split, save_split
from workbench.tasks.detection.engine.compact.plan import make_plan
from workbench.tasks.detection.engine.detect import detect_batch, detect_pictures, join_views
from workbench.tasks.detection.engine.predict import Predictor, ensure_predictions
from workbench.tasks.detection.engine.samples import Sample, data_facts
from workbench.tasks.detection.engine.tiles import (
    Tiling,
    choose_tiling,
    cut_boxes,
    tile_samples,
    tiling_of_card,
)
from workbench.tasks.detection.engine.types import Raw

tilings = st.tuples(st.integers(2, 40), st.floats(0, 0.5)).map(
    lambda pair: Tiling(pair[0] * 32, int(pair[0] * 32 * pair[1])))
images = st.tuples(st.integers(1, 12_000), st.integers(1, 3000))


@settings(deadline=None)
@given(tilings, images)
def test_tiles_cover_the_image_and_overlap_enough(tiling: Tiling, image: tuple[int, int]) -> None:
    windows = tiling.windows(image)
    assert len(set(windows)) == len(windows)
    for axis in (0, 1):
        starts = sorted({window[axis] for window in windows})
        assert starts[0] == 0
        assert len(starts) == 1 or starts[-1] + tiling.size == image[axis]
        for one, following in pairwise(starts):
            assert one + tiling.size - following >= tiling.overlap - 1  # rounding
    assert all(right - left == bottom - top == tiling.size
               for left, top, right, bottom in windows)


@settings(deadline=None)  # a large image has many tiles
@given(tilings, st.tuples(st.integers(1, 1500), st.integers(1, 800)), st.data())
def test_boxes_cut_into_tiles_and_put_back_are_the_boxes_again(
    tiling: Tiling, image: tuple[int, int], data: st.DataObject
) -> None:
    most = max(1.0, tiling.overlap / 1.4)
    boxes = []
    for _ in range(data.draw(st.integers(1, 12))):
        width, height = (data.draw(st.floats(0.5, min(most, side))) for side in image)
        x, y = (data.draw(st.floats(0, side - extent))
                for side, extent in zip(image, (width, height), strict=True))
        boxes.append((x, y, x + width, y + height))
    whole = np.asarray(boxes, np.float32)
    picture = Drawn(image, tiling)
    found = []
    for view in picture.views:
        assert view.window is not None
        parts, learned, hidden = cut_boxes(whole, view.window)
        assert not (learned & hidden).any()
        seen = view.letterbox.to_input(parts[learned])
        index = np.flatnonzero(learned)
        found.append(Detections(view.to_image(seen), np.full(len(index), 0.9, np.float32), index))
    joined = join_views(picture, found)  # type: ignore[arg-type]  # all that is needed of one
    assert sorted(joined.labels.tolist()) == list(range(len(whole)))  # each once
    order = np.argsort(joined.labels)
    np.testing.assert_allclose(joined.boxes[order], whole, atol=0.02)


class Drawn:
    """The views of a picture that was never drawn."""

    def __init__(self, size: tuple[int, int], tiling: Tiling) -> None:
        self.size = size
        self.views = tiling.views(size, (320, 320))


def test_half_an_object_at_the_border_of_a_tile_is_dropped() -> None:
    picture = Drawn((170, 100), Tiling(100, 30))  # tiles begin at 0 and 70
    whole, half = [72, 40, 98, 60], [84, 40, 114, 60]
    first = Detections(np.asarray([whole, [84, 40, 100, 60]], np.float32),
                       np.asarray([0.9, 0.8], np.float32), np.asarray([0, 0]))
    second = Detections(np.asarray([half], np.float32), np.asarray([0.5], np.float32),
                        np.asarray([0]))
    joined = join_views(picture, [first, second])  # type: ignore[arg-type]
    assert joined.boxes.tolist() == [whole, half]


def test_an_object_on_a_seam_is_kept_although_both_tiles_place_it_in_the_other() -> None:
    picture = Drawn((170, 100), Tiling(100, 30))  # the seam is at 85
    found = [Detections(np.asarray([[x, 40, x + 20, 60]], np.float32),
                        np.asarray([score], np.float32), np.asarray([0]))
             for x, score in ((76, 0.9), (74, 0.8))]
    joined = join_views(picture, found)  # type: ignore[arg-type]
    assert joined.boxes.tolist() == [[76, 40, 96, 60]]


def test_a_piece_of_an_object_larger_than_the_overlap_goes_where_more_of_it_was_seen() -> None:
    picture = Drawn((170, 100), Tiling(100, 30))
    whole, piece, other = [40, 10, 98, 60], [70, 10, 98, 60], [70, 40, 98, 60]
    first = Detections(np.asarray([whole], np.float32), np.asarray([0.6], np.float32),
                       np.asarray([0]))
    second = Detections(np.asarray([piece, [70, 70, 98, 80]], np.float32),
                        np.asarray([0.9, 0.3], np.float32), np.asarray([0, 0]))
    joined = join_views(picture, [first, second])  # type: ignore[arg-type]
    # the piece is gone; what no other tile saw more of stays
    assert joined.boxes.tolist() == [whole, [70, 70, 98, 80]]
    third = Detections(np.asarray([other], np.float32), np.asarray([0.9], np.float32),
                       np.asarray([1]))  # of another class
    assert len(join_views(picture, [first, third])) == 2  # type: ignore[arg-type]


def test_boxes_of_which_too_little_is_seen_are_hidden_or_left_out() -> None:
    boxes = np.asarray([[90, 10, 110, 20], [95, 30, 115, 40], [99, 50, 119, 60],
                        [200, 0, 210, 9], [-300, -300, 900, 900]], np.float32)
    parts, learned, hidden = cut_boxes(boxes, (0, 0, 100, 100))
    assert learned.tolist() == [True, False, False, False, False]
    assert hidden.tolist() == [False, True, True, False, False]  # a giant would hide all
    assert parts[0].tolist() == [90, 10, 100, 20]


def facts(box: float, image: tuple[int, int], large: float | None = None) -> DataFacts:
    boxes = [(box, box)] * 45 + [(large or box,) * 2] * 5
    return DataFacts(
        10, 50, (image,) * 10, tuple(boxes),
        tuple((w * h / (image[0] * image[1])) ** 0.5 for w, h in boxes), 5, (50,))


@pytest.mark.parametrize(("box", "image", "large", "size"), [
    (8, (4000, 3000), None, 320),  # shown 1:1
    (40, (4000, 3000), None, 640),  # shown at 20 px
    (20, (4000, 3000), 90, 512),  # not too much of a tile is seen by its neighbours too
    (90, (4000, 3000), None, None),  # large enough in the whole picture
    (8, (800, 600), None, None),  # the picture is hardly larger than a tile
    (20, (4000, 3000), 300, 864),  # no tile may cut the large ones
    (20, (4000, 3000), 2000, None),
])
def test_tiles_are_chosen_when_the_objects_ask_for_them(
    box: float, image: tuple[int, int], large: float | None, size: int | None
) -> None:
    chosen = choose_tiling("auto", facts(box, image, large), 640, 320)
    assert (chosen.size if chosen else None) == size
    assert choose_tiling("off", facts(box, image, large), 640) is None
    forced = choose_tiling("on", facts(box, image, large), 640, 320)
    assert forced is not None and forced.size < max(image) and forced.overlap <= forced.size / 2
    if chosen:
        assert chosen.overlap >= 1.3 * (large or box)


def test_without_boxes_or_images_nothing_is_cut() -> None:
    assert choose_tiling("on", DataFacts(0, 0, (), (), (), 0, ()), 640) is None
    assert choose_tiling("auto", DataFacts(1, 0, ((9000, 9000),), (), (), 0, (0,)), 640) is None


def test_tiles_hold_objects_and_some_background(tmp_path: Path) -> None:
    spots = [(10 + 40 * n, 10, 20 + 40 * n, 20) for n in range(30)]
    sample = Sample("a.png", tmp_path / "a.png", (2000, 2000), np.asarray(spots, np.float32),
                    ("dot",) * 30, np.zeros(30, np.bool_))
    tiles = tile_samples([sample], Tiling(320, 40))
    full = [tile for tile in tiles if tile.names]
    assert len(full) == 5 and len(tiles) == 7
    again = tile_samples([sample], Tiling(320, 40))
    assert [tile.window for tile in tiles] == [tile.window for tile in again]
    assert len(tile_samples([sample], Tiling(320, 40), most=2)) == 3
    plan = make_plan(facts_of := data_facts(tiles, ("dot",)))
    assert plan.input_size == (320, 320) and facts_of.images == len(tiles)


def picture_file(path: Path, size: tuple[int, int], spots: list[tuple[int, ...]],
                 color: str = "red") -> tuple[LabeledObject, ...]:
    pixels = np.full((size[1], size[0], 3), 100, np.uint8)
    for x0, y0, x1, y1 in spots:
        pixels[y0:y1, x0:x1] = COLORS[color]
    Image.fromarray(pixels).save(path, quality=95)
    return tuple(LabeledObject(color, Box(*map(float, spot)))
                 for spot in spots)


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_tile_shows_what_lies_there(tmp_path: Path, orientation: int) -> None:
    path = tmp_path / "a.jpg"
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = np.full((500, 700, 3), 30, np.uint8)
    pixels[300:340, 500:560] = (250, 240, 10)
    Image.fromarray(pixels).save(path, quality=95, exif=exif)
    spot = (500, 300, 560, 340) if orientation == 1 else (500 - 340, 500, 500 - 300, 560)
    for tiling in (Tiling(256, 100), Tiling(512, 100)):  # 1:1, and decoded at half the size
        picture = load_picture(path, (256, 256), tiling.views)
        assert picture.size == ((700, 500) if orientation == 1 else (500, 700))
        seen = 0
        for place, view in enumerate(picture.views):
            rows, columns = np.nonzero(
                picture.pixels(place)[0].astype(int) - picture.pixels(place)[2] > 120)
            if not len(rows):
                continue
            box = view.to_image(np.asarray([[columns.min(), rows.min(), columns.max() + 1,
                                             rows.max() + 1]], np.float32))[0]
            window = view.window or (0, 0, 0, 0)
            wanted = np.clip(spot, window[:2] * 2, window[2:] * 2)
            np.testing.assert_allclose(box, wanted, atol=2.1 * tiling.size / 256)
            seen += 1
        assert seen


def test_a_picture_smaller_than_a_tile_is_not_enlarged(tmp_path: Path) -> None:
    picture_file(tmp_path / "a.png", (40, 32), [(8, 8, 20, 20)])
    picture = load_picture(tmp_path / "a.png", (64, 64), Tiling(64, 16).views)
    pixels = picture.pixels(0)
    assert len(picture.views) == 1
    assert (pixels[:, 32:] == FILL).all() and (pixels[:, :, 40:] == FILL).all()
    assert pixels[:, 8:20, 8:20].reshape(3, -1).mean(1).round().tolist() == list(COLORS["red"])


def test_a_store_decodes_a_large_image_once_for_all_its_tiles(tmp_path: Path) -> None:
    spots = [(10, 10, 30, 30), (90, 40, 110, 60)]
    boxes = np.asarray(spots, np.float32)
    picture_file(tmp_path / "a.png", (192, 64), spots)
    sample = Sample("a.png", tmp_path / "a.png", (192, 64), boxes, ("red",) * 2,
                    np.zeros(2, np.bool_))
    tiles = tile_samples([sample], Tiling(100, 8))
    for memory in (1 << 30, 0):
        picture_file(tmp_path / "a.png", (192, 64), spots)
        store = ImageStore([*tiles, sample], (100, 100), memory=memory, folder=tmp_path,
                           workers=2, passing=[len(tiles)])
        first = store.get([0])
        assert store.get([len(tiles)]).shape == (1, 3, 100, 100)
        (tmp_path / "a.png").unlink()
        every = store.get(range(len(tiles)))
        np.testing.assert_array_equal(every[0], first[0])
        assert (store.get([len(tiles)]) == FILL).all()  # this one was not kept
        assert list(store.broken) == [len(tiles)]
        store.close()


def test_pieces_that_are_not_learned_are_painted_over(tmp_path: Path) -> None:
    spots = [(95, 40, 115, 60), (88, 50, 99, 62)]
    picture_file(tmp_path / "a.png", (192, 100), spots)
    sample = Sample("a.png", tmp_path / "a.png", (192, 100), np.asarray(spots, np.float32),
                    ("red",) * 2, np.zeros(2, np.bool_))
    tile = next(item for item in tile_samples([sample], Tiling(100, 8))
                if item.window == (0, 0, 100, 100))
    assert len(tile.names) == len(tile.hidden) == 1
    store = ImageStore([tile], (100, 100), memory=1 << 30, folder=tmp_path, workers=1)
    pixels = store.get([0])[0]
    assert (pixels[:, 40:50, 95:] == FILL).all()
    assert (pixels[0, 51:60, 96:98] == COLORS["red"][0]).all()  # of the one that is learned
    store.close()


class Spots:
    """A model that finds connected red areas: each row of them, exactly."""

    input_size = (64, 64)

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def detect(self, images: torch.Tensor) -> list[Raw]:
        self.sizes.append(len(images))
        found = []
        for image in images:
            red = (image[0].int() - image[2].int()) > 120
            boxes = []
            if red.any():
                ys, xs = red.any(1).nonzero().flatten(), red.any(0).nonzero().flatten()
                boxes = [[float(xs.min()), float(ys.min()), float(xs.max()) + 1,
                          float(ys.max()) + 1]]
            found.append(Raw(torch.tensor(boxes).reshape(-1, 4), torch.full((len(boxes),), 0.8),
                             torch.zeros(len(boxes), dtype=torch.long)))
        return found


def test_views_of_several_pictures_share_a_batch(tmp_path: Path) -> None:
    sizes = [(32, 32), (200, 64), (64, 64), (120, 120)]
    spots = [(10, 10, 20, 20), (150, 30, 170, 44), (1, 1, 9, 9), (60, 60, 80, 80)]
    pictures = []
    for number, (size, spot) in enumerate(zip(sizes, spots, strict=True)):
        picture_file(tmp_path / f"{number}.png", size, [spot])
        pictures.append(load_picture(tmp_path / f"{number}.png", (64, 64), Tiling(64, 32).views))
    model, checks = Spots(), []
    results = list(detect_pictures(model, pictures, 4, torch.device("cpu"),  # type: ignore[arg-type]
                                   lambda: checks.append(1)))
    assert [picture.size for picture, _ in results] == sizes
    views = sum(len(picture.views) for picture in pictures)
    assert model.sizes == [4] * (views // 4) + [views % 4] * (views % 4 > 0)
    assert len(checks) == len(model.sizes)
    for (_, found), spot in zip(results, spots, strict=True):
        assert found.boxes.tolist() == [list(map(float, spot))]


def make_large_project(
    folder: Path, sizes: list[tuple[int, int]], rng: np.random.Generator, side: int = 8,
    each: int = 14, suffix: str = ".png",
) -> Path:
    (folder / "images").mkdir(parents=True)
    (folder / "annotations").mkdir()
    keys = []
    for number, size in enumerate(sizes):
        count = max(1, min(each, size[0] * size[1] // (side * side * 9)))
        spots = [(x, y, x + side, y + side) for x, y in zip(
            rng.integers(0, max(1, size[0] - side), count).tolist(),
            rng.integers(0, max(1, size[1] - side), count).tolist(), strict=True)]
        path = folder / "images" / f"{number}{suffix}"
        objects = picture_file(path, size, spots, ("red", "blue")[number % 2])
        data = new_voc(Annotation(objects, size=size), image_path=path)
        (folder / "annotations" / f"{number}.xml").write_bytes(data)
        keys.append(f"images/{path.name}")
    save_split(folder, Split(train=keys[:-2], val=keys[-2:-1], test=keys[-1:], origin="test"))
    return folder


def request(**chosen: Any) -> TrainRequest:
    return TrainRequest(recipe=chosen.pop("recipe", "tiny"), epochs=chosen.pop("epochs", 2),
                        device="cpu", settings=chosen)


def test_tiny_objects_in_large_images_are_learned_and_found_in_tiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_large_project(
        tmp_path / "p", [(1800, 640)] * 4, np.random.default_rng(0), suffix=".jpg")
    wish = request(epochs=6, image_size=320, augment=False, lr=0.03)
    looks: list[int] = []
    with monkeypatch.context() as patch:
        patch.setattr("workbench.tasks.detection.engine.detect.detect_batch", lambda *given: (
            looks.append(len(given[1])) or detect_batch(*given)))
        told = preflight(project, wish, lambda event: None, TrainControl())
    assert set(looks) == {1}  # the time of one tile tells that of an image
    assert "each image is cut into overlapping tiles of 320 px" in told.shape
    assert told.shape in told.words
    assert told.split == {"train": 2, "val": 1, "test": 1}
    events: list[Event] = []
    run = train(project, wish, events.append, TrainControl())
    assert run.state["state"] == "finished"
    card = read_card(run.best_path)
    assert tiling_of_card(card) == Tiling(320, 20)
    assert all("val_loss" in event.metrics for event in events if isinstance(event, Epoch))
    stored = load_predictions(run.predictions_path("test"))
    assert stored.sizes == [(1800, 640)]
    found = stored.detections[0]
    assert found.boxes[:, 2].max() > 900  # beyond the first tile
    again = next(iter(Predictor.load(run, "cpu").predict_raw([project / stored.files[0]])))
    np.testing.assert_allclose(again.raw.boxes, found.boxes, rtol=1e-5)
    metrics = run.state["metrics"]
    assert set(metrics) == {"best_epoch", "val", "test"}
    watched = load_predictions(run.predictions_path("val")).detections[0]  # of the validation
    run.predictions_path("val").unlink()
    ensure_predictions(project, run, "val", EventReporter(events.append))
    detected = load_predictions(run.predictions_path("val")).detections[0]
    assert len(watched) == len(detected)
    np.testing.assert_allclose(watched.scores, detected.scores, atol=1e-4)


def test_more_tiles_than_a_disk_should_hold_are_thinned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_large_project(
        tmp_path / "p", [(1000, 400)] * 4, np.random.default_rng(0), suffix=".jpg")
    monkeypatch.setattr("workbench.tasks.detection.engine.task.MOST_TILES", 3)
    plan = make_training(project, request(image_size=128, tiles="on"), lambda *told: None)
    assert sum(bool(item.names) for item in plan.train) == 3 and len(plan.train) == 4
    assert any("3 are learned from" in said for said in plan.warnings)


def test_a_large_image_that_cannot_be_read_is_not_told_for_each_tile(tmp_path: Path) -> None:
    project = make_large_project(
        tmp_path / "p", [(1000, 400)] * 5, np.random.default_rng(0), suffix=".jpg")
    for number in (0, 3):  # one to learn from, one to watch
        path = project / "images" / f"{number}.jpg"
        path.write_bytes(path.read_bytes()[:-900])
    said: list[Event] = []
    run = train(project, request(image_size=128, tiles="on"), said.append, TrainControl())
    assert run.state["state"] == "finished"
    for number in (0, 3):
        told = [event for event in said if f"{number}.jpg" in str(getattr(event, "text", ""))]
        assert len(told) == 2, "before the training, and when it is read, but not for each tile"
