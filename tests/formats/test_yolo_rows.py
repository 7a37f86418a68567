"""A label file of YOLO that is edited in place: what is not edited keeps its bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.annotation import LabeledObject
from workbench.core.errors import FormatError, WorkbenchError
from workbench.core.outlines import Polygon
from workbench.core.shapes import Box
from workbench.formats.class_file import read_class_file
from workbench.formats.yolo_rows import YoloFile, parse_yolo

NAMES = ("cat", "dog", "")
SIZE = (640, 427)
shares = st.one_of(st.floats(0, 1, allow_nan=False).map(repr),
                   st.sampled_from(["0.5", ".25", "1", "5e-1", "+0.50"]))


@st.composite
def lines(draw: st.DrawFn) -> str:
    """A row in some spelling, of a class with a name or without, or nothing."""
    kind = draw(st.sampled_from(["box", "scored", "outline", "empty"]))
    if kind == "empty":
        return draw(st.sampled_from(["", "  ", "\t"]))
    number = draw(st.sampled_from(["0", "1", "1.0", "00", "2", "17"]))
    many = {"box": 4, "scored": 5}.get(kind) or 2 * draw(st.integers(3, 6))
    gap = draw(st.sampled_from([" ", "  ", "\t"]))
    values = draw(st.lists(shares, min_size=many, max_size=many))
    return draw(st.sampled_from(["", " "])) + gap.join([number, *values]) + draw(
        st.sampled_from(["", " "]))


files = st.builds(lambda rows, ending, last: ending.join(rows).encode() + (
    ending.encode() if last else b""), st.lists(lines(), max_size=8),
    st.sampled_from(["\n", "\r\n"]), st.booleans())


def parsed(data: bytes) -> YoloFile:
    return parse_yolo(data, NAMES, lambda name: NAMES.index(name), SIZE)


def rows(data: bytes) -> list[bytes]:
    return data.splitlines(keepends=True)


@settings(deadline=None, max_examples=50)
@given(files, st.data())
def test_only_the_row_that_is_edited_changes(data: bytes, draw: st.DataObject) -> None:
    file = parsed(data)
    objects = file.annotation.objects
    assert file.render(file.annotation) == data
    drawn = LabeledObject("dog", Box(10.0, 20.0, 30.5, 40.25))
    grown = parsed(file.render(replace(file.annotation, objects=(*objects, drawn))))
    assert grown.data.startswith(data) and grown.annotation.objects[-1] == replace(
        drawn, source=grown.annotation.objects[-1].source)
    if not objects:
        return
    item = draw.draw(st.sampled_from(objects))
    at = item.source
    assert at is not None
    before = rows(data)
    rest = tuple(other for other in objects if other is not item)
    assert rows(file.render(replace(file.annotation, objects=rest))) == \
        before[:at] + before[at + 1:]
    renamed = item.with_label("dog" if item.label == "cat" else "cat")
    moved = item.with_shape(item.shape.moved(3.0, 0.0))
    for changed in (renamed, moved):
        after = rows(file.render(replace(file.annotation, objects=(*rest, changed))))
        assert after[:at] + after[at + 1:] == before[:at] + before[at + 1:]
        [now] = [other for other in parsed(b"".join(after)).annotation.objects
                 if other.source == at]
        assert now.label == changed.label
        assert now.shape.bounds() == pytest.approx(changed.shape.bounds(), abs=1e-3)
        old, new = before[at].split(), after[at].split()
        if changed is renamed:
            assert new[1:] == old[1:], "where it is keeps its spelling"
        else:
            assert new[0] == old[0] and new[2::2][:1] == old[2::2][:1], "y is what it was"
            if isinstance(item.shape, Box) and all(float(side) > 0 for side in old[3:5]):
                assert new[2:] == old[2:], "so are its sides, to the last digit"


def test_shapes_of_other_kinds_replace_the_row() -> None:
    file = parsed(b"0 0.5 0.5 0.5 0.5 0.9\n1 0.1 0.1 0.2 0.1 0.2 0.2\n")
    box, outline = file.annotation.objects
    swapped = (box.with_shape(outline.shape), outline.with_shape(box.shape))
    now = parsed(file.render(replace(file.annotation, objects=swapped)))
    assert [type(item.shape) for item in now.annotation.objects] == [Polygon, Box]
    assert b"0.9" not in now.data, "an outline has no confidence"
    hole = Polygon((((0.0, 0.0), (9.0, 0.0), (9.0, 9.0)), ((1.0, 1.0), (2.0, 1.0), (2.0, 2.0))))
    with pytest.raises(WorkbenchError):
        file.render(replace(file.annotation, objects=(box.with_shape(hole),)))


@pytest.mark.parametrize("line", [
    "0 0.5 0.5 0.5", "cat 0.5 0.5 0.5 0.5", "0 0.5 nan 0.5 0.5", "0.5 0.5 0.5 0.5 0.5",
    "-1 0.5 0.5 0.5 0.5", "0 0.1 0.1 0.2 0.2 0.3 0.3 0.4", "0 1e99 0.5 0.5 0.5", "0 0,5 0 0 0",
    "\x00"])
def test_a_damaged_row_is_told_with_its_line(line: str) -> None:
    with pytest.raises(FormatError) as raised:
        parse_yolo(f"0 0.5 0.5 0.5 0.5\n{line}\n".encode(), NAMES, NAMES.index, SIZE, Path("a.txt"))
    assert raised.value.line == 2


# The file that names the classes

HEAD = "# my data\npath: ../data  # here\ntrain: images/train\n"
SAID = ["[cat, 'dog']  # two", "[ cat,\n  dog, ]", "\n- cat  # the first\n- dog",
        "\n  - cat\n  - 'dog'  # last", "{0: cat, 1: dog}", "\n  0: cat  # one\n  1: dog\n  # end",
        "\n    1: dog\n    0: cat"]


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("tail", ["", "\n", "\nnc: 2  # number\nextra: {a: [1, 2]}\n"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_names_are_set_in_data_yaml(said: str, tail: str, ending: str) -> None:
    text = f"{HEAD}names: {said}{tail}".replace("\n", ending)
    file = read_class_file(text.encode(), Path("data.yaml"))
    assert file.names == ("cat", "dog") and file.with_names(["cat", "dog"]) == text.encode()
    names = ["cat", "it's: a \"dog\"", "yes", "été"]
    after = file.with_names(names).decode()
    found = yaml.safe_load(after)
    listed = found["names"]
    assert (listed if isinstance(listed, list) else [listed[n] for n in range(4)]) == names
    assert found.get("nc", 4) == 4 and found["path"] == "../data"
    for line in text.splitlines():
        for comment in line.partition("#")[1:]:
            assert comment in after, "comments stay"


def test_names_are_set_in_classes_txt() -> None:
    data = b"\xef\xbb\xbf\r\ncat\r\n  dog \r\n\r\n"
    file = read_class_file(data, Path("classes.txt"))
    assert file.names == ("cat", "dog") and file.with_names(file.names) == data
    assert file.with_names(["cat", "cow", "hen"]) == \
        b"\xef\xbb\xbf\r\ncat\r\n  cow \r\nhen\r\n\r\n"
    assert read_class_file(b"cat", Path("c.txt")).with_names(["cat", "dog"]) == b"cat\ndog\n"
    assert read_class_file(b"", Path("c.txt")).with_names(["cat"]) == b"cat\n"


def test_a_yaml_that_cannot_be_changed_safely_is_left_alone() -> None:
    shared = b"all: &n [cat, dog]\nnames: *n\n"
    with pytest.raises(WorkbenchError):
        read_class_file(shared, Path("data.yaml")).with_names(["cat", "dog", "cow"])
