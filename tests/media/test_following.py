"""Following a box by what the picture shows: as far as it is sure, and no further."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.conftest import real_data
from tests.support.tiny_video import thing_at, write_thing
from workbench.core.shapes import Box
from workbench.evaluation.matching import iou_matrix
from workbench.media.following import follow_boxes
from workbench.media.images.pixels import upright_rgb
from workbench.media.video.following import follow
from workbench.media.video.reader import VideoReader
from workbench.media.video.writer import VideoWriter

FRAMES, GONE = 36, 30


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A thing that is gone from frame 30 on."""
    return write_thing(tmp_path_factory.mktemp("clip") / "clip.mp4", FRAMES, GONE)


@pytest.mark.parametrize(("start", "end"), [(0, FRAMES - 1), (25, 0)])
def test_a_box_is_followed_both_ways_and_left_off_where_the_thing_is_gone(
        clip: Path, start: int, end: int) -> None:
    seen: list[int] = []
    with VideoReader(clip) as reader:
        times = [time for _, time, _ in reader.scan(100)]
        found = follow(reader, times, start, thing_at(start), end, seen.append)
    frames = list(range(1, GONE)) if end > start else list(range(start - 1, -1, -1))
    assert list(found.boxes)[:len(frames)] == frames
    assert len(found.boxes) <= len(frames) + 1  # perhaps a frame too many, never on and on
    assert found.unsure == (end > start)
    assert seen[:len(frames)] == frames
    overlaps = [iou_matrix(np.array([found.boxes[frame]]), np.array([thing_at(frame)]))[0, 0]
                for frame in frames]
    assert min(overlaps) > 0.8


@pytest.mark.parametrize(("start", "end"), [(0, 40), (40, 0)])
def test_a_thing_as_bright_as_the_ground_is_followed_by_its_colour(
        tmp_path: Path, start: int, end: int) -> None:
    """Seen by brightness alone it is not there, and the box would stay on the ground."""
    def place(frame: int) -> Box:
        return Box(28 + 3 * frame, 58 + frame, 72 + 3 * frame, 102 + frame)

    ground = np.random.default_rng(3).integers(90, 120, (160, 240, 3), np.uint8)
    with VideoWriter(tmp_path / "disc.mp4", 25) as writer:
        for frame in range(41):
            picture = ground.copy()
            cv2.circle(picture, (50 + 3 * frame, 80 + frame), 18, (220, 60, 40), -1)
            writer.put(picture)
    with VideoReader(tmp_path / "disc.mp4") as reader:
        times = [time for _, time, _ in reader.scan(100)]
        found = follow(reader, times, start, place(start), end, lambda _: None)
    assert len(found.boxes) == 40
    assert iou_matrix(np.array([found.boxes[end]]), np.array([place(end)]))[0, 0] > 0.7


def slices(*places: tuple[int, int]) -> list[tuple[int, NDArray[np.uint8]]]:
    """Slices of a volume: a ring around a dark middle at each of ``places`` on a ground of blots,
    each under noise of its own, which is stronger than what they have in common."""
    random = np.random.default_rng(4)
    ground = cv2.GaussianBlur(random.normal(0, 1, (200, 260)), (0, 0), 12) * 400 + 130
    found = []
    for number, (x, y) in enumerate(places):
        picture = ground.copy()
        cv2.circle(picture, (x, y), 22, 60.0, -1)
        cv2.circle(picture, (x, y), 22, 220.0, 3)
        noisy = picture + random.normal(0, 180, picture.shape)
        found.append((number, noisy.clip(0, 255).astype(np.uint8)))
    return found


def around(x: int, y: int) -> Box:
    return Box(x - 24, y - 24, x + 24, y + 24)


def test_what_changes_from_picture_to_picture_is_followed_in_softened_ones() -> None:
    places = [(90, 80), (94, 83), (99, 85), (103, 88)]
    (as_it_is,) = follow_boxes(slices(*places), [around(*places[0])])
    assert as_it_is.unsure and not as_it_is.boxes
    (found,) = follow_boxes(slices(*places), [around(*places[0])], changing=True)
    assert not found.unsure and list(found.boxes) == [1, 2, 3]
    for number, box in found.boxes.items():
        overlap = iou_matrix(np.array([box]), np.array([around(*places[number])]))[0, 0]
        assert overlap > 0.7


def test_what_is_gone_is_not_found_in_softened_pictures_either() -> None:
    (found,) = follow_boxes(slices((90, 80), (400, 400), (400, 400)), [around(90, 80)],
                            changing=True)
    assert found.unsure and not found.boxes


def test_a_mitochondrion_is_followed_through_slices_of_a_microscope() -> None:
    files = sorted((real_data("membrane") / "image").iterdir())[:4]
    pictures = [(number, upright_rgb(path)) for number, path in enumerate(files)]
    (found,) = follow_boxes(pictures, [Box(262, 290, 322, 338)], changing=True)
    assert list(found.boxes) == [1, 2, 3]
    by_eye = Box(253, 284, 318, 338)  # in the second slice
    assert iou_matrix(np.array([found.boxes[1]]), np.array([by_eye]))[0, 0] > 0.7
