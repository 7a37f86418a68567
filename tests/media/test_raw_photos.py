"""RAW photos become JPEG: what they show, what is known of them, and what cannot be read."""

from __future__ import annotations

import random
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.support.raw_photo import HEIGHT, MAKER, MODEL, NORTH, WIDTH, jpeg, write_dng
from workbench.core.background import Cancelled
from workbench.core.errors import FormatError
from workbench.media.conversion_kinds import PHOTOS, alone
from workbench.media.images import raw_photos
from workbench.media.images.header import read_image_info
from workbench.media.images.jpeg_segments import comments_of, with_comment, with_exif
from workbench.media.images.raw_photos import convert, was_made_from
from workbench.media.recording_time import recorded_at

GREEN = (20, 200, 40)


def made(source: Path, target: Path) -> Image.Image:
    convert(source, target)
    with Image.open(target) as image:
        image.load()
    return image


def near(pixel: object, wanted: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(one - other) < 12 for one, other in zip(pixel, wanted, strict=True))


def test_a_photo_is_developed_where_the_jpeg_in_it_is_small(tmp_path: Path) -> None:
    source = write_dng(tmp_path / "a.dng", inside=jpeg(WIDTH // 2, HEIGHT // 2))
    image = made(source, tmp_path / "a.jpg")
    assert image.size == (WIDTH, HEIGHT)
    left, right = image.getpixel((30, 48)), image.getpixel((98, 48))
    assert isinstance(left, tuple) and isinstance(right, tuple)
    assert left[0] > 2 * left[2] and right[2] > 2 * right[0], "red, and blue"


def test_the_jpeg_of_the_camera_is_taken_to_the_last_bit(tmp_path: Path) -> None:
    inside = jpeg(WIDTH, HEIGHT)
    source = write_dng(tmp_path / "a.dng", inside=inside)
    before = source.read_bytes()
    image = made(source, tmp_path / "a.jpg")
    assert image.size == (WIDTH, HEIGHT) and near(image.getpixel((5, 5)), GREEN)
    assert inside[inside.index(b"\xff\xdb"):] in (tmp_path / "a.jpg").read_bytes()
    assert source.read_bytes() == before


def test_a_cut_jpeg_in_it_is_not_taken(tmp_path: Path) -> None:
    inside = jpeg(WIDTH, HEIGHT)
    source = write_dng(tmp_path / "a.dng", inside=inside[:-60] + bytes(60))
    assert not near(made(source, tmp_path / "a.jpg").getpixel((5, 5)), GREEN)


@pytest.mark.parametrize(("orientation", "size"), [(1, (WIDTH, HEIGHT)), (3, (WIDTH, HEIGHT)),
                                                   (6, (HEIGHT, WIDTH)), (8, (HEIGHT, WIDTH))])
@pytest.mark.parametrize("inside", [b"", jpeg(WIDTH, HEIGHT)])
def test_photos_are_upright(tmp_path: Path, orientation: int, size: tuple[int, int],
                            inside: bytes) -> None:
    convert(write_dng(tmp_path / "a.dng", orientation=orientation, inside=inside),
            tmp_path / "a.jpg")
    info = read_image_info(tmp_path / "a.jpg")
    assert (info.width, info.height) == size


def test_a_jpeg_that_lies_upright_already_is_not_turned(tmp_path: Path) -> None:
    source = write_dng(tmp_path / "a.dng", orientation=6, inside=jpeg(HEIGHT, WIDTH))
    convert(source, tmp_path / "a.jpg")
    info = read_image_info(tmp_path / "a.jpg")
    assert (info.width, info.height) == (HEIGHT, WIDTH)


@pytest.mark.parametrize("inside", [b"", jpeg(WIDTH, HEIGHT)])
def test_time_place_and_camera_come_along(tmp_path: Path, inside: bytes) -> None:
    source = write_dng(tmp_path / "a.dng", gps=True, inside=inside)
    exif = made(source, tmp_path / "a.jpg").getexif()
    moment = recorded_at(tmp_path / "a.jpg")
    assert moment is not None and moment.words == "2024-05-21 06:30:00"
    if not inside:  # the first directory is that of the photo
        assert (exif[271], exif[272]) == (MAKER, MODEL)
        assert exif.get_ifd(0x8825) == {1: "N", 2: NORTH}


def test_the_jpeg_knows_what_it_was_made_of(tmp_path: Path) -> None:
    source, target = write_dng(tmp_path / "Ä 1.dng"), tmp_path / "a.jpg"
    convert(source, target)
    assert was_made_from(target, source)
    source.write_bytes(source.read_bytes() + b"more")
    assert not was_made_from(target, source), "it is another one by now"
    target.write_bytes(jpeg(8, 8))
    assert not was_made_from(target, source)


def test_what_is_damaged_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    source = write_dng(tmp_path / "a.dng")
    whole = source.read_bytes()
    for data in (whole[:-4000], b"", b"II*\0" * 99, whole[:8] + bytes(len(whole) - 8)):
        source.write_bytes(data)
        with pytest.raises(FormatError, match=r"^a\.dng: it is .*The photo was left as it is\.$"):
            convert(source, tmp_path / "a.jpg")
    assert [path.name for path in tmp_path.iterdir()] == ["a.dng"]


def test_damage_of_any_kind_is_a_sentence(tmp_path: Path) -> None:
    source = write_dng(tmp_path / "a.dng", inside=jpeg(WIDTH, HEIGHT), gps=True)
    whole, chance = source.read_bytes(), random.Random(5)
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(2000 if chance.random() < 0.7 else len(data))] = \
                chance.randrange(256)
        source.write_bytes(data[:chance.choice((len(data), len(data), len(data) // 3))])
        try:
            convert(source, tmp_path / "a.jpg")
        except FormatError as error:
            assert error.sentence().startswith("a.dng: ")
        else:
            read_image_info(tmp_path / "a.jpg")


def test_a_person_ends_it(tmp_path: Path) -> None:
    source = write_dng(tmp_path / "a.dng")

    def end() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        convert(source, tmp_path / "a.jpg", end)
    assert not (tmp_path / "a.jpg").exists()
    convert(source, tmp_path / "a.jpg")  # the next one is not troubled by it


def test_a_photo_that_ends_the_process_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch
                                               ) -> None:
    source = write_dng(tmp_path / "a.dng")
    monkeypatch.setattr(raw_photos, "_developer", raw_photos._Developer())
    with monkeypatch.context() as patch:
        patch.setattr("subprocess.Popen", partial(_ending, subprocess.Popen))
        with pytest.raises(FormatError, match=r"^a\.dng: it is damaged, or of a kind of RAW"):
            convert(source, tmp_path / "a.jpg")
    convert(source, tmp_path / "a.jpg")


def _ending(start: Any, _command: object, **more: Any) -> Any:
    """A process that ends when it is asked."""
    return start([sys.executable, "-c", "input(); import os; os.abort()"], **more)


def test_a_photo_with_a_jpeg_of_its_name_is_left_alone() -> None:
    names = ["a/IMG_1.CR2", "a/IMG_1.JPG", "b/IMG_1.CR2", "c.x.nef", "c.jpg"]
    assert alone(PHOTOS, names) == ["b/IMG_1.CR2", "c.x.nef"]
    assert PHOTOS.made_of("c.x.nef") == "c.x.jpg"


def test_descriptions_of_a_jpeg() -> None:
    plain = jpeg(8, 8)
    said = with_comment(with_exif(with_comment(plain, "old"), b"MM\0*"), "new")
    assert comments_of(said) == ["new"] and said[said.index(b"\xff\xdb"):] == \
        plain[plain.index(b"\xff\xdb"):]
    assert comments_of(b"\xff\xd8\xff\xfe\0") == []
