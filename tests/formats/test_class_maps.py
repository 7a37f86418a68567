"""Stored maps come back as they were, and nothing else is taken for them."""

from __future__ import annotations

import io
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.core.class_maps import LEVELS, ClassMap
from workbench.core.errors import FormatError, WorkbenchError
from workbench.formats.class_maps import (
    ClassMapSet,
    class_maps_of_model,
    load_class_maps,
    save_class_maps,
)

CLASSES = ["cell", "Zell­wand ä"]


def some(sizes: list[tuple[int, int]], classes: int = 2) -> ClassMapSet:
    random = np.random.default_rng(0)
    maps = [ClassMap(random.integers(0, classes, (height, width)).astype(np.uint8),
                     random.integers(0, LEVELS + 1, (height, width)).astype(np.uint8))
            for width, height in sizes]
    return ClassMapSet.of(
        [f"images/bild ä{number}.png" for number in range(len(sizes))],
        [(2 * width, 3 * height) for width, height in sizes], maps, CLASSES[:classes],
        {"model": "today", "split": "test", "unreadable": [], "unlabelled": "background"})


def assert_same(one: ClassMapSet, other: ClassMapSet) -> None:
    for name in ("files", "sizes", "classes", "shapes", "meta"):
        assert getattr(one, name) == getattr(other, name)
    for number in range(len(one)):
        a, b = one.map(number), other.map(number)
        np.testing.assert_array_equal(a.labels, b.labels)
        np.testing.assert_array_equal(a.levels, b.levels)


@pytest.mark.parametrize("sizes", [[], [(1, 1)], [(30, 20), (7, 50), (64, 64)]])
def test_round_trip(tmp_path: Path, sizes: list[tuple[int, int]]) -> None:
    path = tmp_path / "test.npz"
    found = some(sizes)
    save_class_maps(path, found)
    assert_same(load_class_maps(path), found)


def test_the_file_is_as_it_is_documented(tmp_path: Path) -> None:
    path = tmp_path / "test.npz"
    found = some([(30, 20), (7, 50)])
    save_class_maps(path, found)
    with np.load(path, allow_pickle=False) as archive:
        stored = {name: archive[name] for name in archive.files}
    header = json.loads(stored.pop("header").tobytes())
    assert header == {"format": "workbench-class-maps", "version": 1, "files": found.files,
                      "classes": CLASSES, "meta": found.meta}
    assert {name: (item.dtype.name, item.shape) for name, item in stored.items()} == {
        "sizes": ("int64", (2, 2)), "shapes": ("int64", (2, 2)), "lengths": ("int64", (2,)),
        "maps": ("uint8", (int(stored["lengths"].sum()),))}
    second = zlib.decompress(stored["maps"][stored["lengths"][0]:].tobytes())
    labels, levels = np.frombuffer(second, np.uint8).reshape(2, 50, 7)
    np.testing.assert_array_equal(labels, found.map(1).labels)
    np.testing.assert_array_equal(levels, found.map(1).levels)


def rewritten(path: Path, header: dict[str, Any] | None = None, **changed: np.ndarray) -> None:
    """Write the same file with other arrays, or another header."""
    with np.load(path) as archive:
        values = {name: archive[name] for name in archive.files} | changed
    if header is not None:
        old = json.loads(values["header"].tobytes())
        values["header"] = np.frombuffer(json.dumps({**old, **header}).encode(), np.uint8)
    stream = io.BytesIO()
    np.savez(stream, **values)
    path.write_bytes(stream.getvalue())


@pytest.mark.parametrize("change", [
    {"header": {"format": "workbench-predictions"}}, {"header": {"version": 2}},
    {"header": {"files": ["one"]}}, {"header": {"classes": 3}},
    {"sizes": np.zeros((2, 3), np.int64)}, {"sizes": np.zeros((1, 2), np.int64)},
    {"shapes": np.zeros((2, 2), np.int64)}, {"shapes": np.full((2, 2), 10**9)},
    {"shapes": np.full((2, 2), 2**62)},
    {"lengths": np.asarray([-5, 5])}, {"lengths": np.asarray([2**62, 2**62])},
    {"lengths": np.asarray([1, 1])}, {"lengths": np.zeros(2, np.float64)},
    {"maps": np.zeros(0, np.uint8)}, {"maps": np.zeros(4, np.int16)},
], ids=str)
def test_what_does_not_fit_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    path = tmp_path / "test.npz"
    save_class_maps(path, some([(30, 20), (7, 50)]))
    rewritten(path, **change)
    with pytest.raises(FormatError, match=r"test\.npz: these are no areas that can be read"):
        load_class_maps(path)


@pytest.mark.parametrize("cut", [0, 1, 30, 200, 900])
def test_a_broken_off_file_is_a_clear_failure(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "test.npz"
    save_class_maps(path, some([(30, 20)]))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(FormatError, match="no areas that can be read"):
        load_class_maps(path)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "test.npz"
    for content in (b"\x89PNG\r\n", b"", json.dumps({"a": 1}).encode()):
        path.write_bytes(content)
        with pytest.raises(FormatError):
            load_class_maps(path)
    with pytest.raises(WorkbenchError):
        load_class_maps(tmp_path / "nowhere.npz")


def test_every_flipped_byte_is_noticed_or_harmless(tmp_path: Path) -> None:
    path = tmp_path / "test.npz"
    found = some([(9, 5)])
    save_class_maps(path, found)
    whole = path.read_bytes()
    for at in range(0, len(whole), 5):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1:])
        try:
            read = load_class_maps(path)
        except FormatError:
            continue
        assert_same(read, found)


STREAM = some([(4, 3)]).packed[0]


@pytest.mark.parametrize("stream", [
    b"", b"no stream", STREAM[:-6], zlib.compress(bytes(2_000_000)), zlib.compress(bytes(23)),
    zlib.compress(bytes([2] * 12 + [0] * 12)), zlib.compress(bytes([0] * 12 + [LEVELS + 1] * 12)),
], ids=["nothing", "no stream", "cut", "endless", "short", "unknown class", "too sure"])
def test_a_damaged_map_names_its_image(stream: bytes) -> None:
    found = some([(4, 3), (4, 3)])
    found.packed[0] = stream
    with pytest.raises(FormatError, match=r"bild ä0\.png: what is stored of an image is"):
        found.map(0)
    assert found.map(1).size == (4, 3)


def test_only_what_the_very_model_said_counts(tmp_path: Path) -> None:
    path = tmp_path / "test.npz"
    assert class_maps_of_model(path, "today") is None
    save_class_maps(path, some([(4, 3)]))
    assert class_maps_of_model(path, "yesterday") is None
    found = class_maps_of_model(path, "today")
    assert found is not None and found.files == ["images/bild ä0.png"]
    path.write_bytes(b"damaged")
    assert class_maps_of_model(path, "today") is None


def test_what_was_stored_before_stays_where_the_disk_refuses(tmp_path: Path) -> None:
    folder = tmp_path / "file in the way"
    folder.write_text("")
    with pytest.raises(WorkbenchError):
        save_class_maps(folder / "test.npz", some([(4, 3)]))
