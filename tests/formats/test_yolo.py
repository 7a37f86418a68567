"""YOLO in all its kinds, as people have it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.label_sets import Found, image, read_set, written_set
from workbench.core.errors import FormatError
from workbench.core.outlines import Keypoints, Polygon, RotatedBox
from workbench.core.shapes import Box
from workbench.extension.annotation_formats import LabeledObject
from workbench.formats.yolo import sniff

BOX = "0 0.5 0.5 0.25 0.5\n"


def data_set(folder: Path, labels: dict[str, str], yaml: str = "names: [cat, dog]\n") -> Path:
    """Images with label files, by the image's path ("images/train/a.png")."""
    for name, text in labels.items():
        image(folder / name)
        target = (folder / name.replace("images", "labels")).with_suffix(".txt")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    if yaml:
        (folder / "data.yaml").write_text(yaml, "utf-8")
    return folder


def said(found: Found) -> list[tuple[str, int | None]]:
    return [(problem.kind, problem.line) for problem in found.problems]


def test_rows_as_people_write_them(tmp_path: Path) -> None:
    data_set(tmp_path, {"images/a.png": "  1.0   0.5 0.5 0.25 0.5 \n\n0 0.5 0.5 1.0 1.0\n"})
    found = read_set(tmp_path, "yolo")
    assert found.classes == ("cat", "dog") and not found.problems
    assert found.objects("a.png") == [("dog", Box(240, 120, 400, 360)),
                                      ("cat", Box(0, 0, 640, 480))]


def test_what_is_odd_in_a_row_is_told_with_its_line(tmp_path: Path) -> None:
    data_set(tmp_path, {
        "images/a.png": BOX + "7 0.5 0.5 0.1 0.1\n" + BOX + "1 0.9 0.5 0.4 0.2\n"
        "1 2 2 0.1 0.1\n-1 0.5 0.5 0.1 0.1\n0.5 0.5 0.5 0.1 0.1\n1 0.5 0.5 0 0\n",
        "images/b.png": BOX + "0 0.5 x 0.1 0.1\n", "images/c.png": "0 0.5 0.5 0.1\n",
        "images/d.png": "0 nan 0.5 0.1 0.1\n", "images/e.png": "0 1 1 2 2 3 3 4\n"})
    found = read_set(tmp_path, "yolo")
    assert found.objects("a.png") == [("cat", Box(240, 120, 400, 360)),
                                      ("dog", Box(448, 192, 640, 288))]
    assert said(found)[:8] == [
        ("unknown-class", 2), ("duplicate-box", 3), ("box-out-of-bounds", 4),
        ("box-out-of-bounds", 5), ("zero-size-box", 5), ("unknown-class", 6), ("unknown-class", 7),
        ("zero-size-box", 8)]
    assert said(found)[8:] == [("unreadable-labels", 2), ("unreadable-labels", 1),
                               ("unreadable-labels", 1), ("unreadable-labels", 1)]
    assert list(found.annotations) == ["a.png"]  # of the others nothing half
    assert "there is no class 7; 2 are named, from 0" in found.problems[0].reason
    assert found.problems[8].path.endswith("b.txt")


@pytest.mark.parametrize("yaml", [
    "path: ../sets/pets\ntrain: images/train\nval: images/val\ntest: images/test\n",
    "train: ../train/images\nval: ../valid/images\ntest: ../test/images\n",
    "train: [images/train]\nval: lists/val.txt\ntest: 'images\\test'\n",
    "train: C:\\data\\pets\\images\\train\nval: /home/me/pets/images/val\ntest: ./images/test/\n",
    ""])
def test_parts_as_folders_lists_and_files(tmp_path: Path, yaml: str) -> None:
    roboflow = "valid" in yaml
    place = "{}/images/{}.png" if roboflow else "images/{}/{}.png"
    names = [place.format(part, name) for part, name in
             (("train", "a"), ("valid" if roboflow else "val", "b"), ("test", "c"))]
    data_set(tmp_path, dict.fromkeys(names, BOX), f"{yaml}names:\n  1: dog\n  0: cat\n")
    image(tmp_path / place.format("train", "empty"))
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "val.txt").write_text("./images/val/b.png\nC:\\x\\images\\val\\b.png\n")
    found = read_set(tmp_path, "yolo")
    assert found.parts == {"a.png": "train", "b.png": "val", "c.png": "test", "empty.png": "train"}
    assert found.classes == ("cat", "dog") and not found.annotations["empty.png"].objects
    assert not found.problems


def test_without_yaml_classes_come_from_a_list_or_are_numbers(tmp_path: Path) -> None:
    data_set(tmp_path / "one", {"a.png": "1 0.5 0.5 0.1 0.1\n"}, "")
    (tmp_path / "one" / "classes.txt").write_text("cat\ndog\n")
    assert sniff(tmp_path / "one")
    found = read_set(tmp_path / "one", "yolo")
    assert found.classes == ("cat", "dog") and found.objects("a.png")[0][0] == "dog"
    data_set(tmp_path / "two", {"images/A.PNG": "2 0.5 0.5 0.1 0.1\n"}, "")
    (tmp_path / "two" / "labels" / "A.txt").rename(tmp_path / "two" / "labels" / "a.txt")
    found = read_set(tmp_path / "two", "yolo")
    assert found.classes == ("0", "1", "2") and found.kinds() == ["no-class-names"]
    for name in ("obj_Train_data/a", "obj_Validation_data/b"):  # as CVAT and Darknet have it
        image(tmp_path / "three" / f"{name}.png")
        (tmp_path / "three" / f"{name}.txt").write_text("\ufeff0 0.5 0.5 0.1 0.1\n", "utf-8")
    for name, text in (("obj.names", "cat\n"), ("Train.txt", "data/obj_Train_data/a.png\n"),
                       ("Validation.txt", "data/obj_Validation_data/b.png\n"),
                       ("obj.data", "classes = 1\ntrain = data/Train.txt\n"
                        "valid = data/Validation.txt\nnames = data/obj.names\n")):
        (tmp_path / "three" / name).write_text(text)
    three = read_set(tmp_path / "three", "yolo")
    assert three.parts == {"a.png": "train", "b.png": "val"} and not three.problems
    assert found.objects("A.PNG")[0][0] == "2"


def test_an_image_that_has_no_label_file_is_empty_where_others_of_its_part_have(
        tmp_path: Path) -> None:
    data_set(tmp_path, {"images/train/a.png": BOX},
             "train: images/train\ntest: images/test\nval: images/val\nnames: [cat]\n")
    image(tmp_path / "images" / "train" / "b.png")
    image(tmp_path / "images" / "test" / "c.png")
    found = read_set(tmp_path, "yolo")
    assert set(found.annotations) == {"a.png", "b.png"}
    assert found.kinds() == ["missing-images"] and "“images/val”" in found.problems[0].reason


def test_outlines_rotated_boxes_and_key_points(tmp_path: Path) -> None:
    data_set(tmp_path / "s", {"images/a.png": "0 0.1 0.1 0.5 0.1 0.5 0.5\n" + BOX,
                              "images/b.png": "1 0.25 0.25 0.5 0.25 0.5 0.5 0.25 0.5\n"})
    found = read_set(tmp_path / "s", "yolo")
    assert found.objects("a.png")[0][1] == Polygon((((64, 48), (320, 48), (320, 240)),))
    assert isinstance(found.objects("b.png")[0][1], Polygon)
    data_set(tmp_path / "o", {"images/a.png": "1 0.25 0.25 0.5 0.25 0.5 0.5 0.25 0.5\n"
                              "0 0.1 0.1 0.9 0.1 0.5 0.5 0.1 0.9\n"})
    first, second = read_set(tmp_path / "o", "yolo").objects("a.png")
    assert first[1] == RotatedBox((240, 180), 160, 120, 0.0) and isinstance(second[1], Polygon)
    row = "0 0.5 0.5 0.25 0.5 0.5 0.5 2 0 0 0\n"
    data_set(tmp_path / "p", {"images/a.png": row}, "names: [cat]\nkpt_shape: [2, 3]\n")
    assert read_set(tmp_path / "p", "yolo").objects("a.png") == [
        ("cat", Keypoints(((320, 240), (0, 0)), (2, 0), Box(240, 120, 400, 360)))]
    data_set(tmp_path / "q", {"images/a.png": "0 0.5 0.5 0.25 0.5 0.5 0.5 0 0\n"},
             "names: [cat]\nkpt_shape: [2, 2]\n")
    assert read_set(tmp_path / "q", "yolo").objects("a.png") == [
        ("cat", Keypoints(((320, 240), (0, 0)), (2, 0), Box(240, 120, 400, 360)))]


BOXED = ("cat", Box(240, 120, 400, 360))
TRIANGLE = Polygon((((320, 240), (160, 240), (576, 480)),))


@pytest.mark.parametrize(("rows", "said", "words"), [
    (("0 0.5 0.5 0.25 0.5 0.93", BOX), {"score": 0.93}, "score"),
    (("0 0.5 0.5 0.25 0.5 7", "0 0.5 0.5 0.25 0.5 12"), {"track": 7.0}, "track"),
    (("0 0.5 0.5 0.25 0.5 0.9 1", "0 0.5 0.5 0.25 0.5 0.8 12", "1 0.5 0.5 0.1 0.1 0.3"),
     {"score": 0.9, "track": 1.0}, "score, track."),
    (("0 0.5 0.5 0.25 0.5 0.9 1",), {"score": 0.9, "track": 1.0}, "“YOLO (outlines)”"),
    (("0 0.5 0.5 0.25 0.5 0.9 1", "0 0.1 0.1 0.5 0.1 0.5 0.5"), None, ""),  # no number of a track
    (("0 0.5 0.5 0.25 0.5 0.9 1", "0 0.1 0.1 0.5 0.1 0.5 0.5 0.1 0.5"), None, ""),
    (("0 0.5 0.5 0.25 0.5 0.9 1", "0 0.9 0.1 0.5 0.5 0.5 1"), None, ""),  # no box in it
])
def test_what_a_program_found_is_told_from_outlines(
        tmp_path: Path, rows: tuple[str, ...], said: dict[str, float] | None, words: str) -> None:
    data_set(tmp_path, {"images/a.png": f"{rows[0]}\n",
                        "images/b.png": "".join(f"{row.strip()}\n" for row in rows[1:])})
    found = read_set(tmp_path, "yolo")
    (item,) = found.annotations["a.png"].objects
    if said is None:
        assert item.shape == TRIANGLE and not found.problems and not item.attributes
        return
    assert (item.label, item.shape) == BOXED and item.attributes == said
    unsure = words.startswith("“")
    kind = "two-readings" if unsure else "predictions"
    assert found.kinds() == [kind] and words in found.problems[0].reason
    assert ("triangles" in found.problems[0].reason) == unsure
    if len(said) == 2:
        outlines = read_set(tmp_path, "yolo-segment")
        assert outlines.objects("a.png") == [("cat", TRIANGLE)]
        assert ("two-readings" in outlines.kinds()) == unsure


def test_an_outline_with_a_confidence_is_one(tmp_path: Path) -> None:
    data_set(tmp_path, {"images/a.png": "1 0.25 0.25 0.5 0.25 0.5 0.5 0.25 0.5 0.75\n"})
    (item,) = read_set(tmp_path, "yolo").annotations["a.png"].objects
    assert item.shape == RotatedBox((240, 180), 160, 120, 0.0) and item.attributes == {
        "score": 0.75}


@pytest.mark.parametrize(("text", "words", "line"), [
    ("names: !!python/object/apply:os.system ['echo']\n", "Python objects, which are not made", 1),
    ("names: [cat\ntrain: x\n", "it is no YAML", 2), ("names: {a: b}\n", "no whole numbers", None),
    ("names: 5\n", "neither a list nor numbered", None), ("- 1\n", "does not name classes", None),
    ("names: " + "[" * 5000 + "]" * 5000, "nested too deeply", None),
    ("names: {0: a, 99999999999: b}\n", "no whole numbers", None),
    ("names: [a]\n\tb: c\n", "no YAML", 2)])
def test_a_bad_yaml_is_one_sentence(
        tmp_path: Path, text: str, words: str, line: int | None) -> None:
    data_set(tmp_path, {"images/a.png": BOX}, text)
    with pytest.raises(FormatError, match=words) as caught:
        read_set(tmp_path / "data.yaml", "yolo")
    assert caught.value.line == line and "data.yaml" in str(caught.value)


def test_what_is_written_is_what_other_loaders_ask_for(tmp_path: Path) -> None:
    items = [LabeledObject("dog", Box(64, 48, 320, 240))]
    samples = [("a.png", "train", items), ("sub/b.png", "val", []), ("c.png", "", items)]
    with written_set("yolo", samples, ("cat", "dog: 1", "dog")) as folder:
        assert (folder / "data.yaml").read_text("utf-8") == (
            "train: images/train\nval: images/val\n"
            "names:\n  0: cat\n  1: 'dog: 1'\n  2: dog\n")
        assert (folder / "labels" / "train" / "a.txt").read_text() == "2 0.3 0.3 0.4 0.4\n"
        assert (folder / "labels" / "val" / "sub" / "b.txt").read_text() == ""
        assert (folder / "images" / "other" / "c.png").is_file()
    with written_set("yolo", samples[:1]) as folder:
        assert "val: images/train\n" in (folder / "data.yaml").read_text("utf-8")


def test_a_hole_is_joined_by_a_cut(tmp_path: Path) -> None:
    outer = ((100.0, 100.0), (300.0, 100.0), (300.0, 300.0), (100.0, 300.0))
    inner = ((150.0, 150.0), (250.0, 150.0), (250.0, 250.0))
    whole = Polygon((outer, inner))
    with written_set("yolo-segment", [("a.png", "train", [LabeledObject("cat", whole)])]) as folder:
        [(_, back)] = read_set(folder, "yolo").objects("a.png")
    assert isinstance(back, Polygon) and len(back.rings) == 1
    for point in ((110.0, 110.0), (240.0, 160.0), (160.0, 240.0), (50.0, 50.0)):
        assert back.contains(point) == whole.contains(point)
