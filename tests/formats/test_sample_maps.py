"""Maps of samples come back as they were, damaged ones are told, and what they say of labels."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from workbench.core.errors import FormatError, WorkbenchError
from workbench.formats.sample_maps import OBJECTS, SampleMap, load_sample_map, save_sample_map


def two_groups(labels: str) -> SampleMap:
    """A point for each letter; those of the first half are near each other, as are the others."""
    count = len(labels)
    near = [[other for other in range(count) if other != row
             and (other < count // 2) == (row < count // 2)] for row in range(count)]
    similarity = np.full((count, len(near[0])), 0.8, np.float32)
    similarity[count - 1] = 0.1
    return SampleMap(
        OBJECTS, tuple(f"bilder/ä{row}.png" for row in range(count)), tuple(labels),
        np.linspace(0, 1, 2 * count, dtype=np.float32).reshape(count, 2),
        np.full((count, 4), np.nan, np.float32), np.array(near, np.int32), similarity)


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "maps" / "objects.npz"
    found = two_groups("aaabbb")
    save_sample_map(path, found)
    again = load_sample_map(path)
    assert (again.what, again.keys, again.labels) == (found.what, found.keys, found.labels)
    for name in ("points", "boxes", "neighbours", "similarity"):
        np.testing.assert_array_equal(getattr(again, name), getattr(found, name))


def test_what_is_cut_off_or_impossible_is_told(tmp_path: Path) -> None:
    path = tmp_path / "map.npz"
    save_sample_map(path, two_groups("aaabbb"))
    whole = path.read_bytes()
    for length in range(0, len(whole), 97):
        path.write_bytes(whole[:length])
        with pytest.raises(FormatError, match="make it again"):
            load_sample_map(path)
    with np.load(io.BytesIO(whole)) as arrays:
        good = dict(arrays)
    for name, value in (("neighbours", good["neighbours"] + 4), ("points", good["points"] * np.nan),
                        ("points", good["points"][:2]), ("boxes", good["boxes"][:, :3]),
                        ("similarity", good["similarity"][:, :1])):
        np.savez(path, **{**good, name: value})
        with pytest.raises(FormatError):
            load_sample_map(path)


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    path = tmp_path / "maps" / "samples.npz"
    path.parent.touch()
    empty = np.zeros((0, 2), np.float32)
    with pytest.raises(WorkbenchError, match="maps: there is a file of that name"):
        save_sample_map(path, SampleMap(OBJECTS, (), (), empty, np.zeros((0, 4), np.float32),
                                        empty.astype(np.int32), empty))


def test_a_label_is_doubtful_where_most_neighbours_have_another() -> None:
    found = two_groups("aaab" "bbba")
    assert [(row, other) for row, other in found.doubtful(found.labels)] == [(3, "a"), (7, "b")]


def test_what_has_no_label_says_nothing_of_others() -> None:
    found = two_groups("aaaabbbb")
    assert found.doubtful(("a", "", "", "", "b", "b", "b", "")) == []
    assert found.doubtful(("", "a", "a", "b", "", "", "", "")) == [(3, "a")]


def test_the_most_unusual_comes_first() -> None:
    assert two_groups("aaabbb").unusual()[0] == 5
