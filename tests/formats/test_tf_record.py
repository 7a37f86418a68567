"""Records of TensorFlow: checksums, lengths that lie, label maps."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.label_sets import read_set, written_set
from workbench.core.shapes import Box
from workbench.extension.annotation_formats import LabeledObject
from workbench.formats.crc32c import _plain, crc32c, masked

ITEMS = [LabeledObject("dog", Box(10, 20, 30, 40))]


def test_checksums_are_those_of_the_standard() -> None:
    assert crc32c(b"123456789") == 0xE3069283  # RFC 3720, B.4 and everybody's check
    assert crc32c(bytes(32)) == 0x8A9136AA and crc32c(b"\xff" * 32) == 0x62A8AB43


@given(st.binary(max_size=60), st.integers(0, 200))
def test_long_data_has_the_checksum_of_its_bytes(data: bytes, times: int) -> None:
    long = data * times + b"end"
    assert crc32c(long) == _plain(long, 0xFFFFFFFF) ^ 0xFFFFFFFF


@pytest.mark.parametrize("where", ["length", "data", "cut", "huge"])
def test_a_damaged_record_is_told_and_what_came_before_is_kept(where: str) -> None:
    samples = [("a.png", "train", ITEMS), ("b.png", "train", ITEMS)]
    with written_set("tfrecord", samples, ["cat", "dog"]) as folder:
        path = folder / "train.record"
        data = bytearray(path.read_bytes())
        second = 16 + struct.unpack("<Q", data[:8])[0]
        if where == "length":
            data[second] ^= 1
        elif where == "data":
            data[second + 40] ^= 1
        elif where == "cut":
            del data[-20:]
        else:
            head = struct.pack("<Q", 1 << 60)
            data[second : second + 12] = head + struct.pack("<I", masked(head))
        path.write_bytes(data)
        found = read_set(folder, "tfrecord")
    assert found.objects("a.png") == [("dog", Box(10, 20, 30, 40))]
    assert list(found.annotations) == ["a.png"] and found.classes == ("cat", "dog")
    [problem] = found.problems
    assert {"length": "the length of a record is damaged", "data": "a record is damaged",
            "cut": "it is cut off", "huge": "is too large"}[where] in problem.reason
    assert "1 record before it was read" in problem.reason


def test_classes_come_from_the_label_map_where_no_text_says_them(tmp_path: Path) -> None:
    with written_set("tfrecord", [("a.png", "", ITEMS)], ["cat", "dog"]) as folder:
        path = folder / "all.record"
        assert b"class/text" in path.read_bytes()
        (folder / "label_map.pbtxt").write_text(
            "item { id: 2 name: 'n02' display_name: \"hound\" }\nitem {\n name:\"cat\"\n id:1 }\n")
        assert read_set(folder, "tfrecord").classes == ("cat", "hound", "dog")
