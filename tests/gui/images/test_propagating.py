"""Boxes on the images that follow, as one step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.support.tiny_video import thing_at, write_thing
from workbench.core.annotation import LabeledObject
from workbench.core.outlines import Keypoints, Mask, Polygon, RotatedBox, mask_of_spans
from workbench.core.shapes import Box, Shape
from workbench.formats.voc import read_voc
from workbench.gui.label.images.series import FollowPopup
from workbench.gui.label.suggest_job import not_labelled
from workbench.media.video.reader import VideoReader
from workbench.project.suggestion import FOLLOWED, MADE_BY
from workbench.project.suggestion_file import read_kept

if TYPE_CHECKING:
    from conftest import Bench


@pytest.fixture
def series(bench: Bench, tmp_path: Path, write_image: Callable[[Path, int, int], Path]) -> Bench:
    """Five images, the third of which is smaller; two boxes and a polygon on the first."""
    for name in "abcde":
        write_image(tmp_path / "p" / f"{name}.png", 200 if name == "c" else 400, 300)
    bench.open_project(tmp_path / "p")
    bench.session.add_class("cell")
    bench.session.edit("a.png", [
        LabeledObject("cell", Box(10, 10, 60, 60)), LabeledObject("cell", Box(180, 20, 300, 90)),
        LabeledObject("cell", Polygon((((100, 200), (150, 200), (120, 250)),)))], "x")
    return bench


def boxes(bench: Bench, name: str) -> list[tuple[float, ...]]:
    bench.saved()
    path = bench.session.index.annotation_path(f"{name}.png")
    return [item.box for item in read_voc(path).annotation.objects] if path.exists() else []


def copy(bench: Bench, number: int) -> None:
    """Press the key, type the number, and press Enter."""
    bench.run("copy_forward")
    popup = bench.place._forward
    assert popup is not None and popup.isVisible()
    QTest.keyClicks(popup.number, str(number))
    QTest.keyClick(popup.number, Qt.Key.Key_Return)
    assert not popup.isVisible()


def test_all_boxes_go_to_the_next_images_and_back_in_one_step(series: Bench) -> None:
    copy(series, 3)
    whole = [(10, 10, 60, 60), (180, 20, 300, 90), (100, 200, 150, 250)]
    assert boxes(series, "b") == boxes(series, "d") == whole
    assert boxes(series, "c") == [whole[0], (180, 20, 200, 90), whole[2]], "cut at its edge"
    assert boxes(series, "e") == []
    assert series.said[-1][1] == "Copied 3 objects to 3 images."
    assert series.place.editor.key == "a.png" and len(series.place.editor.objects) == 3
    series.run("undo")
    assert [boxes(series, name) for name in "bcde"] == [[], [], [], []]


def test_what_is_there_already_is_not_doubled(series: Bench) -> None:
    series.place.editor.select((1,))
    copy(series, 1)
    assert boxes(series, "b") == [(180, 20, 300, 90)]
    series.place.editor.select(())
    copy(series, 1)
    assert len(boxes(series, "b")) == 3
    copy(series, 1)
    assert len(boxes(series, "b")) == 3
    assert series.said[-1][1] == "1 image had them already or cannot be changed."
    series.open("e.png")
    series.session.edit("e.png", [LabeledObject("cell", Box(1, 1, 9, 9))], "x")
    copy(series, 2)
    assert series.said[-1][1] == "There is no image after this one in the list."


def test_a_damaged_neighbour_is_left_alone(series: Bench, tmp_path: Path) -> None:
    (tmp_path / "p" / "b.png").write_bytes(b"no picture")
    labels = tmp_path / "p" / "c.xml"
    labels.write_text("<annotation><object>")
    copy(series, 3)
    assert boxes(series, "d") and labels.read_text() == "<annotation><object>"
    assert not (tmp_path / "p" / "b.xml").exists()
    assert "2 images had them already or cannot be changed." in series.said[-1][1]


def follow(bench: Bench, number: int, *, cancel: bool = False) -> None:
    bench.run("follow_forward")
    popup = bench.place.findChild(FollowPopup)
    assert popup is not None and popup.isVisible() and popup.number.value() >= 10
    popup.number.setValue(number)
    before = len(bench.said)
    QTest.keyClick(popup.number, Qt.Key.Key_Return)
    if cancel:
        assert bench.place.media.looking.text() == "Following: 0 of 7 images"
        bench.place.media.stop_button.click()
    else:
        bench.wait(lambda: len(bench.said) > before)


def test_boxes_are_followed_over_a_series_as_suggestions(bench: Bench, tmp_path: Path) -> None:
    """Over the frames of a video as images: accepted by Enter, refused by rejecting; where the
    thing is gone nothing is suggested, and what a person labelled stays as it is."""
    folder = tmp_path / "p"
    folder.mkdir()
    with VideoReader(write_thing(tmp_path / "clip.mp4", 16, gone=12)) as reader:
        for frame in reader.frames(0, 2):
            cv2.imwrite(str(folder / f"{frame.number:02}.png"), frame.pixels[..., ::-1])
    bench.open_project(folder)
    bench.session.add_class("thing")
    bench.session.edit("00.png", [LabeledObject("thing", thing_at(0))], "x")
    hand = LabeledObject("thing", Box(*(side + 2 for side in thing_at(4))))
    bench.session.edit("04.png", [hand], "x")
    store = bench.place.editor.suggestions.store
    assert store is not None
    follow(bench, 20, cancel=True)
    assert store.images() == [] and bench.place.media.looking.text() == ""
    follow(bench, 20)
    assert store.images() == ["02.png", "06.png", "08.png", "10.png"]
    said = bench.said[-1][1]
    assert said == "Followed 1 box: 4 suggestions in the next images. " \
                   "1 box not found any more, first in 12.png."
    assert bench.place.editor.key == "02.png" and not bench.place.editor.objects
    bench.run("undo")
    assert store.images() == []
    bench.run("redo")
    bench.wait_for_picture()
    assert bench.place.viewer.notice.text == "1 suggestion from another image"
    bench.run("accept_suggestions")
    (made,) = bench.place.editor.objects
    assert made.attributes == {MADE_BY: FOLLOWED} and made.label == "thing"
    assert all(abs(a - b) <= 3 for a, b in zip(made.box, thing_at(2), strict=True))
    assert bench.session.document("04.png").annotation.objects == (hand,)
    store.flush()
    assert read_kept(folder).suggested.keys() == {"06.png", "08.png", "10.png"}
    assert read_kept(folder).suggested["06.png"][0].run == FOLLOWED
    found = store.of("10.png")
    assert not_labelled(bench.session.images, "10.png", found) == found
    assert not_labelled(bench.session.images, "gone.png", found) == (), "deleted meanwhile"
    bench.open("06.png")
    bench.run("reject_suggestions")
    bench.open("00.png")
    follow(bench, 20)
    assert bench.said[-1][1].startswith("Nothing new is suggested in the next images.")


def open_moving(bench: Bench, folder: Path) -> Path:
    """A project of three images, 0, 2 and 4, on which a thing moves."""
    folder.mkdir()
    with VideoReader(write_thing(folder.parent / "clip.mp4", 5, gone=9)) as reader:
        for frame in reader.frames(0, 2):
            cv2.imwrite(str(folder / f"{frame.number}.png"), frame.pixels[..., ::-1])
    bench.open_project(folder)
    return folder


def followed(bench: Bench, folder: Path) -> dict[str, Shape]:
    """The shapes by class that are accepted on the second image when all were followed."""
    objects = bench.place.editor.objects
    follow(bench, 10)
    assert bench.said[-1][1].startswith(f"Followed {len(objects)} objects: "
                                        f"{2 * len(objects)} suggestions")
    bench.wait_for_picture()
    store = bench.place.editor.suggestions.store
    assert store is not None
    store.flush()
    assert set(read_kept(folder).suggested["4.png"]) == set(store.of("4.png")), "also on the disk"
    bench.canvas.repaint()
    bench.run("accept_suggestions")
    bench.saved()
    path = bench.session.index.annotation_path("2.png")
    shapes = {item.label: item.shape for item in bench.place.editor.objects}
    assert shapes.keys() == {item.label for item in objects}
    kept = {item.label: type(item.shape) for item in read_voc(path).annotation.objects}
    assert kept == {name: type(shape) for name, shape in shapes.items()}
    return shapes


def test_polygons_and_rotated_boxes_move_with_their_box(bench: Bench, tmp_path: Path) -> None:
    folder = open_moving(bench, tmp_path / "p")
    x1, y1, x2, y2 = thing_at(0)
    ring = ((x1, y1), (x2, y1 + 9), (x2 - 5, y2), (x1 + 8, y2 - 3))
    middle = ((x1 + x2) / 2, (y1 + y2) / 2)
    bench.session.edit("0.png", [LabeledObject("a", Polygon((ring,))),
                                 LabeledObject("b", RotatedBox(middle, 36, 20, 0.4))], "x")
    shapes = followed(bench, folder)
    outline, turned = shapes["a"], shapes["b"]
    assert isinstance(outline, Polygon) and isinstance(turned, RotatedBox)
    away = (thing_at(2)[0] - x1, thing_at(2)[1] - y1)
    for (x, y), (a, b) in zip(ring, outline.rings[0], strict=True):
        assert abs(x + away[0] - a) < 4 and abs(y + away[1] - b) < 4
    assert abs(turned.center[0] - middle[0] - away[0]) < 4 and turned.angle == 0.4
    store = bench.place.editor.suggestions.store
    assert store is not None
    suggested = store.of("4.png")[0]
    corrected = suggested.labeled((0.0, 0.0, 200.0, 100.0))
    assert corrected.box == pytest.approx((0, 0, 200, 100), abs=2.5) or suggested.label == "b"


def test_masks_and_key_points_move_with_their_thing(bench: Bench, tmp_path: Path) -> None:
    folder = open_moving(bench, tmp_path / "p")
    left, top, *_ = (round(side) for side in thing_at(0))
    mask = mask_of_spans((top + row, left + row // 2, left + 35) for row in range(30))
    points = ((left + 5.0, top + 5.0), (0.0, 0.0), (left + 30.0, top + 32.0))
    bench.session.edit("0.png", [LabeledObject("area", mask),
                                 LabeledObject("pose", Keypoints(points, (2, 0, 1)))], "x")
    shapes = followed(bench, folder)
    area, pose = shapes["area"], shapes["pose"]
    assert isinstance(area, Mask) and isinstance(pose, Keypoints)
    away = (thing_at(2)[0] - left, thing_at(2)[1] - top)
    meant = mask.moved(*away)
    both = len({(row, x) for row, first, end in area.spans() for x in range(first, end)}
               & {(row, x) for row, first, end in meant.spans() for x in range(first, end)})
    assert both > 0.8 * max(area.area, meant.area)
    assert pose.visibility == (2, 0, 1)
    for at in (0, 2):
        (x, y), (a, b) = points[at], pose.points[at]
        assert abs(x + away[0] - a) < 2 and abs(y + away[1] - b) < 2
