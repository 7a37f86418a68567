"""Small pictures: right, remembered, newest first, and never in the way."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QSize
from pytestqt.qtbot import QtBot

from tests.support.picture_kinds import heic
from workbench.gui.background import thumbnails
from workbench.gui.background.thumbnails import ThumbnailLoader, make_thumbnail

from .conftest import draw_photos


@pytest.fixture
def loader(qtbot: QtBot, tmp_path: Path) -> Iterator[ThumbnailLoader]:
    made = ThumbnailLoader(tmp_path / "cache")
    yield made
    made.stop()


def wait_for(loader: ThumbnailLoader, path: Path, size: int, qtbot: QtBot) -> None:
    if loader.get(path, size) is None:
        qtbot.waitUntil(lambda: loader.get(path, size) is not None)


def test_a_picture_is_announced_and_then_there(
        loader: ThumbnailLoader, photos: Path, qtbot: QtBot) -> None:
    path = photos / "photo1.jpg"
    with qtbot.waitSignal(loader.ready) as heard:
        assert loader.get(path, 32) is None
    assert heard.args == [str(path)]
    pixmap = loader.get(path, 32)
    assert pixmap is not None
    assert (pixmap.width(), pixmap.height()) == (32, 24)
    assert loader.get(str(path), QSize(32, 10)) is pixmap


def test_small_pictures_are_not_blown_up(photos: Path) -> None:
    assert make_thumbnail(photos / "photo1.jpg", 500)[0].size() == QSize(64, 48)


def test_turning_by_exif_is_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (80, 40), "red").save(tmp_path / "turned.jpg", exif=exif)
    assert make_thumbnail(tmp_path / "turned.jpg", 40)[0].size() == QSize(20, 40)


def test_the_preview_within_a_photo_of_a_telephone_is_taken(tmp_path: Path) -> None:
    path, whole = tmp_path / "IMG_1.HEIC", heic("preview")()
    start = whole.index(b"mdat") + 4
    path.write_bytes(whole[:start] + bytes(300) + whole[start + 300:])  # the photo, not the preview
    assert make_thumbnail(path, 500)[0].isNull()
    image, trouble = make_thumbnail(path, 256)
    assert (image.size(), trouble) == (QSize(256, 192), "")
    assert image.pixelColor(10, 10).blue() < 90 and image.pixelColor(200, 150).blue() > 150


def test_a_stored_picture_serves_again_and_a_changed_file_does_not(
        photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, cache = photos / "photo1.jpg", tmp_path / "cache"
    first, _ = make_thumbnail(path, 32, cache)
    decoded: list[Path] = []
    real = thumbnails._decode
    monkeypatch.setattr(thumbnails, "_decode",
                        lambda path, side: decoded.append(path) or real(path, side))
    again, _ = make_thumbnail(path, 32, cache)
    assert decoded == []
    assert again.size() == first.size()
    Image.new("RGB", (30, 60), "blue").save(path)
    os.utime(path, ns=(1, 1))
    assert make_thumbnail(path, 32, cache)[0].size() == QSize(16, 32)
    assert decoded == [path]


def test_a_cache_that_cannot_be_written_is_done_without(photos: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file", encoding="utf-8")
    assert not make_thumbnail(photos / "photo1.jpg", 32, blocked)[0].isNull()


def test_a_transparent_picture_shows_its_colours(tmp_path: Path) -> None:
    Image.new("RGBA", (40, 40), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    make_thumbnail(tmp_path / "clear.png", 40, tmp_path / "cache")
    again, _ = make_thumbnail(tmp_path / "clear.png", 40, tmp_path / "cache")
    seen = again.pixelColor(20, 20)
    assert seen.red() > 250 and seen.green() < 5


def test_a_file_that_is_no_picture_is_known_as_such(
        loader: ThumbnailLoader, tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "broken.jpg"
    path.write_bytes(b"not a picture")
    with qtbot.waitSignal(loader.ready):
        assert loader.get(path, 32) is None
    assert loader.failed(path)
    with qtbot.assertNotEmitted(loader.ready, wait=50):
        assert loader.get(path, 32) is None
    draw_photos(tmp_path, ["broken.jpg"])
    loader.forget(path)
    wait_for(loader, path, 32, qtbot)


def test_memory_is_bounded(
        loader: ThumbnailLoader, photos: Path, qtbot: QtBot,
        monkeypatch: pytest.MonkeyPatch) -> None:
    loader._cache.most = 2 * 32 * 24 * 4
    for number in range(1, 6):
        wait_for(loader, photos / f"photo{number}.jpg", 32, qtbot)
    assert len(loader._cache) == 2
    assert loader.get(photos / "photo5.jpg", 32) is not None


def test_threads_end(loader: ThumbnailLoader, photos: Path, qtbot: QtBot) -> None:
    wait_for(loader, photos / "photo1.jpg", 32, qtbot)
    threads = [thread for thread in threading.enumerate() if thread.name == "thumbnails"]
    assert threads
    loader.stop()
    assert not any(thread.is_alive() for thread in threads)
    wait_for(loader, photos / "photo2.jpg", 32, qtbot)  # and begin again


def test_what_is_cut_off_is_shown_and_told_each_time(
        tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "cut.jpg"
    Image.effect_noise((320, 200), 50).convert("RGB").save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:len(whole) // 2])
    for _ in range(2):  # the second one has the folder of the first
        loader = ThumbnailLoader(tmp_path / "cache")
        with qtbot.waitSignal(loader.ready):
            loader.get(path, 32)
        assert loader.get(path, 32) is not None and not loader.failed(path)
        assert loader.trouble(path).startswith("cut.jpg is cut off")
        loader.stop()
    path.write_bytes(whole)
    loader.forget(path)
    with qtbot.waitSignal(loader.ready):
        loader.get(path, 32)
    assert loader.trouble(path) == ""
    loader.stop()
