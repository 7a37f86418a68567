"""Decoding: the displayed frame, parts of large JPEGs, and files that are broken."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from workbench.gui.label.images import image_source
from workbench.gui.label.images.decoding import DecodeFailure, decode, decode_part, read_header
from workbench.gui.label.images.image_source import ImageSource, Picture, covers, wanted_step

Writer = Callable[[Path, int, int], Path]


def jpeg(path: Path, width: int, height: int, orientation: int = 1) -> Path:
    """A JPEG whose stored pixels are a gradient: red grows with x, green with y."""
    red = Image.linear_gradient("L").rotate(90).resize((width, height))
    green = Image.linear_gradient("L").resize((width, height))
    image = Image.merge("RGB", (red, green, Image.new("L", (width, height), 40)))
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(path, quality=98, subsampling=0, exif=exif)
    return path


def difference(first: QImage, second: QImage) -> float:
    """Largest difference of a channel on a grid of pixels."""
    assert first.size() == second.size()
    worst = 0
    for x in range(0, first.width(), 5):
        for y in range(0, first.height(), 5):
            a, b = QColor(first.pixel(x, y)), QColor(second.pixel(x, y))
            worst = max(worst, abs(a.red() - b.red()), abs(a.green() - b.green()))
    return worst


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_part_is_the_same_as_the_part_of_the_whole(tmp_path: Path, orientation: int) -> None:
    path = jpeg(tmp_path / "turned.jpg", 640, 400, orientation)
    whole = decode(path)
    header = read_header(path)
    assert header is not None and header.scalable
    assert header.size == (whole.width(), whole.height())
    assert header.size == ((400, 640) if orientation >= 5 else (640, 400))
    for box in ((100.0, 50.0, 180.0, 130.0), (300.0, 300.0, 390.0, 390.0)):
        part = decode_part(path, box, 1)
        x0, y0, x1, y1 = (round(value) for value in part.box)
        assert x0 <= box[0] and y0 <= box[1] and x1 >= box[2] and y1 >= box[3]
        assert difference(part.image, whole.copy(x0, y0, x1 - x0, y1 - y0)) <= 2


@pytest.mark.parametrize("orientation", [1, 6, 3])
def test_a_coarse_part_shows_the_same_place(tmp_path: Path, orientation: int) -> None:
    path = jpeg(tmp_path / "turned.jpg", 640, 400, orientation)
    whole = decode(path)
    part = decode_part(path, (130.0, 70.0, 300.0, 300.0), 2)
    middle = ((part.box[0] + part.box[2]) / 2, (part.box[1] + part.box[3]) / 2)
    shown = QColor(part.image.pixel(part.image.width() // 2, part.image.height() // 2))
    there = QColor(whole.pixel(int(middle[0]), int(middle[1])))
    assert abs(shown.red() - there.red()) < 6
    assert abs(shown.green() - there.green()) < 6
    assert part.image.width() == pytest.approx((part.box[2] - part.box[0]) / 2, abs=1)


def test_reasons_are_plain_words(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jpg"
    empty.touch()
    words = tmp_path / "words.jpg"
    words.write_text("this is no image at all " * 20, "utf-8")
    for path, reason in (
        (empty, "the file is empty"),
        (words, "it is not an image of a known kind"),
        (tmp_path / "gone.jpg", "the file is not there"),
    ):
        with pytest.raises(DecodeFailure) as told:
            read_header(path)
        assert str(told.value) == reason


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes by name here")
def test_a_pipe_and_a_device_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "device.jpg").symlink_to("/dev/zero")
    for name, kind in (("pipe.jpg", "pipe"), ("device.jpg", "device")):
        for reading in (read_header, decode):
            with pytest.raises(DecodeFailure, match=f"it is not a file but a {kind}"):
                reading(tmp_path / name)


def test_the_name_does_not_matter(tmp_path: Path, write_image: Writer) -> None:
    path = write_image(tmp_path / "right.png", 60, 40).rename(tmp_path / "wrong.jpg")
    assert decode(path).width() == 60


# --- the source ---------------------------------------------------------------------------------


@pytest.fixture
def source(qtbot: QtBot) -> Iterator[ImageSource]:
    made = ImageSource()
    yield made
    made.close()


def whole(qtbot: QtBot, source: ImageSource, path: Path) -> Picture:
    source.show(path)
    qtbot.waitUntil(lambda: source.picture(path).complete, timeout=30_000)
    return source.picture(path)


def test_a_small_image_is_there_at_once(
        tmp_path: Path, write_image: Writer, source: ImageSource) -> None:
    path = write_image(tmp_path / "small.png", 64, 48)
    picture = source.show(path, wait=5.0)
    assert picture.size == (64, 48)
    assert picture.settled and not picture.failure


def test_an_announcement_arrives_and_neighbours_are_ready(
        tmp_path: Path, write_image: Writer, qtbot: QtBot, source: ImageSource) -> None:
    paths = [write_image(tmp_path / f"{n}.png", 64, 48) for n in range(3)]
    with qtbot.waitSignal(source.changed, timeout=30_000) as heard:
        source.show(paths[0])
    assert heard.args == [str(paths[0])]
    source.prefetch(paths[1:])
    qtbot.waitUntil(lambda: all(source.picture(path).complete for path in paths), timeout=30_000)


def test_a_huge_jpeg_is_shown_coarse_first_and_refined_where_one_looks(
        tmp_path: Path, qtbot: QtBot, source: ImageSource,
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_source, "PREVIEW_ABOVE", 100_000)
    monkeypatch.setattr(image_source, "FULL_LIMIT", 200_000)
    monkeypatch.setattr(image_source, "LEVEL_LIMIT", 60_000)
    path = jpeg(tmp_path / "huge.jpg", 800, 600)
    picture = whole(qtbot, source, path)
    assert picture.size == (800, 600)
    assert list(picture.levels) == [8]
    source.refine(path, (0, 0, 800, 600), 0.125)
    assert source.picture(path) is picture
    source.refine(path, (0, 0, 800, 600), 0.25)
    qtbot.waitUntil(lambda: 4 in source.picture(path).levels, timeout=30_000)
    source.refine(path, (300, 200, 400, 300), 1.0)
    qtbot.waitUntil(lambda: source.picture(path).patch is not None, timeout=30_000)
    patch = source.picture(path).patch
    assert patch is not None and patch.step == 1
    assert covers(patch, (300, 200, 400, 300), 1)
    assert patch.image.width() < 300, "never the whole image in full detail"


def test_a_broken_file_is_a_sentence_and_is_tried_again(
        tmp_path: Path, qtbot: QtBot, source: ImageSource) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0 nothing that follows is a picture")
    picture = whole(qtbot, source, path)
    assert picture.failure.startswith("photo.jpg could not be shown: ")
    assert picture.failure.endswith("The file was left as it is.")
    jpeg(path, 100, 80)
    assert whole(qtbot, source, path).size == (100, 80)


def test_what_could_be_read_of_a_cut_off_jpeg_is_shown_with_a_warning(
        tmp_path: Path, qtbot: QtBot, source: ImageSource) -> None:
    path = jpeg(tmp_path / "cut.jpg", 640, 480)
    path.write_bytes(path.read_bytes()[:-3000])
    picture = whole(qtbot, source, path)
    assert picture.levels[1].width() == 640
    assert "is cut off" in picture.warning


def test_a_file_that_was_written_anew_is_decoded_anew(
        tmp_path: Path, write_image: Writer, qtbot: QtBot, source: ImageSource) -> None:
    path = write_image(tmp_path / "a.png", 40, 30)
    assert whole(qtbot, source, path).size == (40, 30)
    write_image(path, 80, 60)
    assert whole(qtbot, source, path).size == (80, 60)


def test_old_pictures_make_room(tmp_path: Path, write_image: Writer, qtbot: QtBot) -> None:
    source = ImageSource(cache_bytes=3 * 100 * 100 * 4)  # three pictures
    paths = [write_image(tmp_path / f"{n}.png", 100, 100) for n in range(6)]
    for path in paths:
        whole(qtbot, source, path)
    kept = [path for path in paths if source.picture(path).settled]
    source.close()
    assert kept == paths[-3:]


def test_steps_follow_the_scale() -> None:
    assert [wanted_step(scale) for scale in (4, 1, 0.6, 0.5, 0.26, 0.25, 0.1, 0.01)] \
        == [1, 1, 1, 2, 2, 4, 8, 8]
