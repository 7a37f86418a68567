"""Lists of images as Pascal VOC keeps them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.core.errors import FormatError, WorkbenchError
from workbench.formats.image_sets import ImageNames, read_image_set


@pytest.mark.parametrize(
    ("data", "stems"),
    [
        (b"", []),
        (b"\n \r\n\n", []),
        (b"a\nb\nc\n", ["a", "b", "c"]),
        (b"a\r\nb\r\n\r\nc", ["a", "b", "c"]),
        (b"\xef\xbb\xbfa\nb\n", ["a", "b"]),
        (b"2007_000027 -1\n2007_000032  1\n2007_000033  0\n",
         ["2007_000027", "2007_000032", "2007_000033"]),
        (b"a\t1\nb\t-1\n", ["a", "b"]),
        (b"photo 1\nphoto 2\n", ["photo 1", "photo 2"]),
        (b"photo 1\nb\n", ["photo 1", "b"]),
        (b"my photo 1 -1\nmy photo 2 1\n", ["my photo 1", "my photo 2"]),
        (b"b\na\nb\n", ["b", "a"]),
        ("käng\n袋鼠\n".encode(), ["käng", "袋鼠"]),
        (b"a.b.c\n  d  \n", ["a.b.c", "d"]),
        (b"1\n0\n", ["1", "0"]),
    ],
)
def test_stems(tmp_path: Path, data: bytes, stems: list[str]) -> None:
    path = tmp_path / "train.txt"
    path.write_bytes(data)
    assert read_image_set(path) == stems


def test_failures_are_told(tmp_path: Path) -> None:
    path = tmp_path / "train.txt"
    path.write_bytes(b"a\n\xff\xfe\n")
    with pytest.raises(FormatError, match=r"train\.txt: line 2, the text is not UTF-8"):
        read_image_set(path)
    with pytest.raises(WorkbenchError, match="the file is not there"):
        read_image_set(tmp_path / "none.txt")


def test_the_real_lists_name_real_images(data_set: Callable[[str], Path]) -> None:
    folder = data_set("bccd")
    lists = {p.stem: read_image_set(p) for p in (folder / "ImageSets" / "Main").glob("*.txt")}
    assert len(lists["train"]) == 205 and len(lists["val"]) == 87
    assert set(lists["trainval"]) == set(lists["train"]) | set(lists["val"])
    images = {path.stem for path in (folder / "JPEGImages").iterdir()}
    assert set(lists["trainval"]) <= images


def test_a_name_that_several_images_have_means_the_one_that_is_written_so() -> None:
    names = ImageNames(
        ["images/a.jpg", "images/night/a.jpg", "images/night/deep/a.jpg", "images/B.jpg",
         "images/b.jpg", "one/c.jpg", "two/c.jpg", "d.jpg", "d.png"], frozenset({".jpg", ".png"}))
    for written, meant in (
            ("a", ["images/a.jpg"]), ("a.jpg", ["images/a.jpg"]), ("a 1", ["images/a.jpg"]),
            ("night/a", ["images/night/a.jpg"]), ("night\\a.jpg", ["images/night/a.jpg"]),
            ("B.jpg", ["images/B.jpg"]), ("b", ["images/b.jpg"]),
            ("c", ["one/c.jpg", "two/c.jpg"]), ("d", ["d.jpg", "d.png"]), ("d.png", ["d.png"]),
            # it was written in another folder, which may have been any of them
            ("elsewhere/a.jpg", ["images/a.jpg", "images/night/a.jpg", "images/night/deep/a.jpg"])):
        assert names.find(written) == meant, written
