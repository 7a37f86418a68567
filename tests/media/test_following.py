"""Following a box by what the picture shows: as far as it is sure, and no further."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.support.tiny_video import thing_at, write_thing
from workbench.evaluation.matching import iou_matrix
from workbench.media.video.following import follow
from workbench.media.video.reader import VideoReader

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
