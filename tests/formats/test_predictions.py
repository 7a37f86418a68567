"""Stored predictions come back as they were, and nothing else is taken for them."""

from __future__ import annotations

import io
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workbench.core.detections import Detections
from workbench.core.errors import FormatError, WorkbenchError
from workbench.core.outline_grids import SIDE
from workbench.formats.predictions import PredictionSet, load_predictions, save_predictions


def some(
    counts: list[int], classes: int = 3, seed: int = 0, *, outlined: bool = False, points: int = 0
) -> PredictionSet:
    random = np.random.default_rng(seed)
    found = [
        Detections(
            random.uniform(0, 500, (count, 4)).astype(np.float32),
            random.uniform(0, 1, count).astype(np.float32),
            random.integers(0, classes, count),
            random.integers(0, 256, (count, SIDE, SIDE), np.uint8) if outlined else None,
            key_points(random, count, points) if points else None,
        )
        for count in counts
    ]
    return PredictionSet(
        [f"images/bild ä{i}.jpg" for i in range(len(counts))],
        [(640 + i, 480) for i in range(len(counts))],
        found,
        [f"class {i}" for i in range(classes)],
        {"run": "today", "split": "test", "score": 0.01},
    )


def key_points(random: np.random.Generator, count: int, points: int) -> np.ndarray:
    """Every third detection is of a class that has fewer."""
    found = random.uniform(0, 500, (count, points, 3)).astype(np.float32)
    found[::3, points // 2:] = np.nan
    return found


def assert_same(one: PredictionSet, other: PredictionSet) -> None:
    assert (one.files, one.sizes, one.classes, one.meta) == (
        other.files, other.sizes, other.classes, other.meta,
    )
    for a, b in zip(one.detections, other.detections, strict=True):
        for name in ("boxes", "scores", "labels"):
            left, right = getattr(a, name), getattr(b, name)
            assert left.dtype == right.dtype
            np.testing.assert_array_equal(left, right)
        for name in ("outlines", "keypoints"):
            left, right = getattr(a, name), getattr(b, name)
            assert (left is None) == (right is None)
            if left is not None:
                assert left.dtype == right.dtype
                np.testing.assert_array_equal(left, right)
                assert left.flags.writeable  # as torch wants it


DETAILS = {"outlines": {"outlined": True}, "keypoints": {"points": 5}}


@pytest.mark.parametrize("counts", [[3, 0, 5], [1], [300] * 4])
@pytest.mark.parametrize("details", [{"outlined": True}, {"points": 5}, {"points": 1},
                                     {"outlined": True, "points": 3}])
def test_details_come_back(tmp_path: Path, counts: list[int], details: dict[str, Any]) -> None:
    path = tmp_path / "test.npz"
    predictions = some(counts, **details)
    save_predictions(path, predictions)
    assert_same(load_predictions(path), predictions)


@pytest.mark.parametrize("name", DETAILS)
def test_details_of_some_images_only_are_not_kept(tmp_path: Path, name: str) -> None:
    """An image without detections does not matter: it says nothing of the model."""
    path = tmp_path / "test.npz"
    predictions = some([3, 0], **DETAILS[name])
    predictions.detections[1] = Detections.empty()
    save_predictions(path, predictions)
    read = load_predictions(path).detections
    np.testing.assert_array_equal(getattr(read[0], name),
                                  getattr(predictions.detections[0], name))
    predictions.detections[1] = some([2]).detections[0]
    save_predictions(path, predictions)
    assert all(getattr(item, name) is None for item in load_predictions(path).detections)


def test_a_model_that_finds_boxes_stores_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "test.npz"
    save_predictions(path, some([3]))
    with np.load(path) as archive:
        assert set(archive.files) == {"header", "sizes", "counts", "boxes", "scores", "labels"}


def packed(values: np.ndarray) -> np.ndarray:
    return np.frombuffer(zlib.compress(values.tobytes()), np.uint8)


@pytest.mark.parametrize("outlines", [
    packed(np.zeros((2, SIDE, SIDE), np.uint8)),
    packed(np.zeros((0, SIDE, SIDE), np.uint8)),
    packed(np.zeros((1, SIDE, SIDE), np.uint8))[:-2],
    packed(np.zeros(2_000_000, np.uint8)),
    np.zeros((1, SIDE, SIDE), np.uint8),
    np.zeros(10, np.uint8),
    np.zeros(0, np.uint8),
], ids=["of two", "of none", "broken off", "endless", "not packed", "no stream", "nothing"])
def test_outlines_that_do_not_fit_are_refused(tmp_path: Path, outlines: np.ndarray) -> None:
    path = tmp_path / "test.npz"
    save_predictions(path, some([1], outlined=True))
    rewritten(path, outlines=outlines)
    with pytest.raises(FormatError, match="the predictions are damaged"):
        load_predictions(path)


@pytest.mark.parametrize("keypoints", [
    np.zeros((2, 4, 3), np.float32), np.zeros((0, 4, 3), np.float32),
    np.zeros((1, 4, 2), np.float32), np.zeros((1, 12), np.float32),
    np.zeros((1, 4, 3), np.int64), np.float32(0),
], ids=["of two", "of none", "without score", "flat", "whole numbers", "a number"])
def test_key_points_that_do_not_fit_are_refused(tmp_path: Path, keypoints: np.ndarray) -> None:
    path = tmp_path / "test.npz"
    save_predictions(path, some([1], points=4))
    rewritten(path, keypoints=keypoints)
    with pytest.raises(FormatError, match="the predictions are damaged"):
        load_predictions(path)


@pytest.mark.parametrize("counts", [[], [0], [3, 0, 5], [0, 0], [300] * 4])
def test_round_trip(tmp_path: Path, counts: list[int]) -> None:
    path = tmp_path / "test.npz"
    predictions = some(counts)
    save_predictions(path, predictions)
    assert_same(load_predictions(path), predictions)


@settings(max_examples=30, deadline=None)
@given(
    arrays(np.float32, st.tuples(st.integers(0, 6), st.just(4)),
           elements=st.floats(-1e6, 1e6, width=32)),
    st.text(max_size=8),
)
def test_any_boxes_and_names_round_trip(boxes: np.ndarray, name: str) -> None:
    from tempfile import TemporaryDirectory

    found = Detections(boxes, np.ones(len(boxes), np.float32), np.zeros(len(boxes), np.int64))
    predictions = PredictionSet([name], [(1, 2)], [found], [name], {"name": name})
    with TemporaryDirectory() as folder:
        path = Path(folder) / "p.npz"
        save_predictions(path, predictions)
        assert_same(load_predictions(path), predictions)


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="files"):
        PredictionSet(["a"], [], [], [])


@pytest.mark.parametrize("cut", [0, 1, 30, 200, 700])
def test_a_broken_off_file_is_a_clear_failure(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "test.npz"
    save_predictions(path, some([4, 2]))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(FormatError, match=r"test\.npz: the predictions are damaged"):
        load_predictions(path)


@pytest.mark.parametrize("details", [{}, *DETAILS.values()])
def test_every_flipped_byte_is_noticed_or_harmless(
    tmp_path: Path, details: dict[str, Any]
) -> None:
    path = tmp_path / "test.npz"
    predictions = some([2], **details)
    save_predictions(path, predictions)
    whole = path.read_bytes()
    for at in range(0, len(whole), 7):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        try:
            read = load_predictions(path)
        except FormatError:
            continue
        assert_same(read, predictions)


def test_a_flag_that_says_encrypted_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "test.npz"
    save_predictions(path, some([2]))
    whole = bytearray(path.read_bytes())
    whole[whole.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(whole)
    with pytest.raises(FormatError):
        load_predictions(path)


def test_a_missing_file_is_told_plainly(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="the file is not there"):
        load_predictions(tmp_path / "none.npz")


def rewritten(path: Path, **changes: object) -> None:
    with np.load(path) as archive:
        content = {name: archive[name] for name in archive.files}
    content.update({name: np.asarray(value) for name, value in changes.items()})
    stream = io.BytesIO()
    np.savez(stream, **content)
    path.write_bytes(stream.getvalue())


def test_another_version_says_so(tmp_path: Path) -> None:
    path = tmp_path / "test.npz"
    save_predictions(path, some([1]))
    header = json.dumps({"format": "workbench-predictions", "version": 99}).encode()
    rewritten(path, header=np.frombuffer(header, np.uint8))
    with pytest.raises(FormatError, match="another version"):
        load_predictions(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"counts": [9]},
        {"counts": [-1]},
        {"labels": [7]},
        {"boxes": np.zeros((1, 3), np.float32)},
        {"scores": np.zeros(1, np.float64)},
        {"sizes": np.zeros((2, 2), np.int64)},
        {"scores": np.array([None], object)},
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path: Path, changes: dict[str, object]) -> None:
    path = tmp_path / "test.npz"
    save_predictions(path, some([1]))
    rewritten(path, **changes)
    with pytest.raises(FormatError):
        load_predictions(path)
