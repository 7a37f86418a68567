"""What a model found, written as labels, where that is not plain."""

import json
from pathlib import Path

import pytest
from PIL import Image

from workbench.core.outlines import Keypoints, Polygon
from workbench.core.shapes import Box
from workbench.core.skeletons import Skeleton, table_of
from workbench.extension.annotation_formats import annotation_formats
from workbench.extension.plugins import load_plugins
from workbench.extension.saving import of_class
from workbench.project.predicted_labels import write_predicted
from workbench.tasks.detection.saving import SAVING, draw_on, limited
from workbench.tasks.image_classification.saving import SAVING as CLASSES

FRAME = {"file": "/film.mp4", "frame": 7, "time": 0.28, "size": [64, 48], "boxes": [[5, 5, 30, 30]],
         "labels": ["cat"], "scores": [0.9]}


def test_frames_of_videos_are_no_files_that_a_format_could_hold(tmp_path: Path) -> None:
    found = write_predicted(annotation_formats.get("tfrecord"), SAVING, ("cat",),
                            [(FRAME, "film-000007")], tmp_path)
    assert found.samples == 0 and len(found.problems) == 1
    assert "TFRecord holds the images themselves" in found.problems[0].reason
    found = write_predicted(annotation_formats.get("yolo"), SAVING, ("cat",),
                            [(FRAME, "film-000007")], tmp_path)
    assert (found.samples, found.objects, found.problems) == (1, 1, [])
    assert next(tmp_path.rglob("film-000007.txt")).read_text().startswith("0 ")


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    load_plugins()
    answer = {"file": str(tmp_path / "gone.png"), "label": "cat"}
    found = write_predicted(annotation_formats.get("labels-table"), CLASSES, (), [(answer, "gone")],
                            tmp_path)
    assert found.samples == 0 and "gone.png" in found.problems[0].reason


OUTLINED = {"file": "/a.png", "size": [64, 48], "labels": ["cat", "cat", "dog"],
            "scores": [0.9, 0.6, 0.5],
            "boxes": [[5, 5, 30, 30], [40, 8, 80, 40], [1, 30, 9, 40]],
            "outlines": [[[5, 5, 30, 5, 30, 30, 5, 30], [10, 10, 20, 10, 20, 20, 10, 20]],
                         [[40, 8, 80, 8, 60, 40]], []]}


def test_outlines_are_polygons_and_boxes_where_there_is_none() -> None:
    assert SAVING.annotation is not None
    cat, cut, dog = SAVING.annotation(OUTLINED).objects
    assert isinstance(cat.shape, Polygon) and len(cat.shape.rings) == 2
    assert cat.shape.area == 25 * 25 - 10 * 10 and cat.attributes["score"] == 0.9
    assert isinstance(cut.shape, Polygon) and cut.box == (40, 8, 64, 40), "what lies in the image"
    assert dog.shape == Box(1, 30, 9, 40)
    kept = limited(OUTLINED, {"score": 0.55, of_class("score", "dog"): 0.4})
    assert kept["outlines"] == OUTLINED["outlines"]
    kept = limited(OUTLINED, {"score": 0.4, of_class("score", "cat"): 0.95})
    assert kept["labels"] == ["dog"] and kept["outlines"] == [[]]


def test_outlines_go_out_in_formats_that_hold_them(tmp_path: Path) -> None:
    for name in ("coco", "labelme", "yolo"):
        (tmp_path / name).mkdir()
        found = write_predicted(annotation_formats.get(name), SAVING, ("cat", "dog"),
                                [(OUTLINED, "a")], tmp_path / name)
        assert (found.samples, found.objects, found.problems) == (1, 3, []), name
    [coco] = (tmp_path / "coco").rglob("*.json")
    cat, cut, dog = json.loads(coco.read_text())["annotations"]
    assert cat["area"] == 25 * 25 - 10 * 10 and cat["attributes"]["score"] == 0.9
    assert cut["bbox"] == [40, 8, 24, 32] and len(cut["segmentation"][0]) >= 6
    assert dog["bbox"] == [1, 30, 8, 10]
    [labelme] = (tmp_path / "labelme").rglob("a.json")
    shapes = json.loads(labelme.read_text())["shapes"]
    assert {shape["shape_type"] for shape in shapes} == {"polygon", "rectangle"}
    [yolo] = (tmp_path / "yolo").rglob("a.txt")
    rows = [list(map(float, line.split())) for line in yolo.read_text().splitlines()]
    assert rows[0] == pytest.approx([0, 17.5 / 64, 17.5 / 48, 25 / 64, 25 / 48], abs=1e-5), \
        "a format of boxes has the box around it"


def test_pictures_show_outlines_with_their_holes() -> None:
    image = Image.new("RGB", (64, 48), "#000000")
    draw_on(image, OUTLINED, {"cat": "#ff0000", "dog": "#00ff00"}.__getitem__)
    assert image.getpixel((30, 14)) == (255, 0, 0) and image.getpixel((1, 38)) == (0, 255, 0)
    assert image.getpixel((25, 14)) == (40, 0, 0), "faintly filled"
    assert image.getpixel((15, 14)) == (0, 0, 0), "a hole is not"
    assert image.getpixel((42, 38)) == (0, 0, 0), "in the box, out of the outline"


def test_what_stands_at_the_upper_edge_is_not_cut() -> None:
    image = Image.new("RGB", (640, 480), "#000000")  # its letters are larger than the least
    draw_on(image, {"size": [640, 480], "labels": ["cell", "cell"], "scores": [0.87, 0.87],
                    "boxes": [[20.0, 3.8, 150.0, 40.0], [20.0, 60.0, 150.0, 90.0]]},
            lambda _label: "#ff0000")
    whites = [sum(image.getpixel((x, y)) == (255, 255, 255) for x in range(20, 90)
                  for y in range(top, top + 20)) for top in (0, 42)]
    assert whites[0] == whites[1] > 10


FISH = Skeleton(("nose", "tail", "fin"), ((0, 1), (0, 2)), ("", "#0000ff", ""))
POINTED = {"file": "/a.png", "size": [64, 48], "labels": ["fish", "fish", "stone"],
           "scores": [0.9, 0.6, 0.5],
           "boxes": [[5, 5, 30, 30], [40, 8, 80, 40], [1, 30, 9, 40]],
           "keypoints": [[[8, 10, 0.9], [28, 20, 0.7], [20, 28, 0.1]],
                         [[50, 10, 0.5], [70, 20, 0.9], [60, 30, 0.9]], []],
           "skeletons": {"fish": table_of(FISH)}}


def test_key_points_are_labels_and_boxes_where_there_are_none() -> None:
    assert SAVING.annotation is not None
    fish, cut, stone = SAVING.annotation(POINTED).objects
    assert isinstance(fish.shape, Keypoints) and fish.shape.visibility == (2, 2, 0)
    assert fish.shape.points[:2] == ((8, 10), (28, 20)) and fish.shape.box == Box(5, 5, 30, 30)
    assert fish.attributes["score"] == 0.9
    assert isinstance(cut.shape, Keypoints) and cut.shape.visibility == (2, 0, 2), "in the image"
    assert cut.box == (40, 8, 64, 40) and stone.shape == Box(1, 30, 9, 40)
    kept = limited(POINTED, {"score": 0.55})
    assert kept["keypoints"] == POINTED["keypoints"][:2]


def test_key_points_go_out_in_formats_that_hold_them(tmp_path: Path) -> None:
    for name in ("coco", "yolo-pose", "voc", "labelme"):
        (tmp_path / name).mkdir()
        found = write_predicted(annotation_formats.get(name), SAVING, ("fish", "stone"),
                                [(POINTED, "a")], tmp_path / name, {"fish": FISH})
        assert (found.samples, found.objects, found.problems) == (1, 3, []), name
    [coco] = (tmp_path / "coco").rglob("*.json")
    data = json.loads(coco.read_text())
    fish, cut, stone = data["annotations"]
    assert fish["keypoints"] == [8, 10, 2, 28, 20, 2, 0, 0, 0] and fish["num_keypoints"] == 2
    assert fish["bbox"] == [5, 5, 25, 25] and "keypoints" not in stone and cut["num_keypoints"] == 2
    assert data["categories"][0]["keypoints"] == ["nose", "tail", "fin"]
    assert data["categories"][0]["skeleton"] == [[1, 2], [1, 3]]
    [yolo] = (tmp_path / "yolo-pose").rglob("a.txt")
    rows = [list(map(float, line.split())) for line in yolo.read_text().splitlines()]
    assert rows[0][5:] == pytest.approx([8 / 64, 10 / 48, 2, 28 / 64, 20 / 48, 2, 0, 0, 0],
                                        abs=1e-5)
    assert len(rows[2]) == len(rows[0]) and not any(rows[2][5:])
    [voc] = (tmp_path / "voc").rglob("a.xml")
    assert voc.read_text().count("<keypoints>") == 2
    [labelme] = (tmp_path / "labelme").rglob("a.json")
    assert {shape["shape_type"] for shape in json.loads(labelme.read_text())["shapes"]} == {
        "rectangle"}, "a format without key points has the box around them"


@pytest.mark.parametrize(("name", "lost"), [
    ("labelme", ["1 set of key points becomes a polygon.", "1 set of key points becomes a box."]),
    ("yolo", ["2 sets of key points become boxes."]), ("voc", [])])
def test_outlines_go_out_where_key_points_have_no_place(
    tmp_path: Path, name: str, lost: list[str]
) -> None:
    """Of a model that finds both: the box around the points would say less."""
    outline = [8, 8, 28, 10, 20, 28]
    found = write_predicted(annotation_formats.get(name), SAVING, ("fish", "stone"), [
        ({**POINTED, "outlines": [[outline], [], []]}, "a")], tmp_path)
    assert [line for line in found.losses.words(name) if "key points" in line] == lost
    if name == "labelme":
        [file] = tmp_path.rglob("a.json")
        fish, *others = json.loads(file.read_text())["shapes"]
        assert [value for point in fish["points"] for value in point] == outline
        assert {shape["shape_type"] for shape in others} == {"rectangle"}


def test_pictures_show_key_points_and_their_lines() -> None:
    image = Image.new("RGB", (200, 150), "#000000")
    item = {**POINTED, "size": [200, 150], "boxes": [[20, 40, 120, 140]], "labels": ["fish"],
            "scores": [0.9], "keypoints": [[[30, 80, 0.9], [110, 80, 0.7], [60, 130, 0.1]]]}
    draw_on(image, item, {"fish": "#ff0000"}.__getitem__)
    assert image.getpixel((30, 80)) == (255, 0, 0) and image.getpixel((110, 80)) == (0, 0, 255)
    assert image.getpixel((70, 80)) == (255, 0, 0), "what joins them"
    assert image.getpixel((60, 130)) == (0, 0, 0), "one that is not sure is not there"
    assert image.getpixel((20, 130)) == (255, 0, 0), "in the box"
