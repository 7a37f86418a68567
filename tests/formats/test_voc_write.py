"""Files look after an edit as a person would have edited them by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from lxml import etree

from tests.formats.voc_documents import facts, oracle
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import WorkbenchError
from workbench.core.shapes import Box
from workbench.formats.voc import VocConvention, VocDocument, new_voc, parse_voc

LABELIMG = """\
<annotation>
	<folder>images</folder>
	<filename>a.jpg</filename>
	<path>/home/someone/images/a.jpg</path>
	<source>
		<database>Unknown</database>
	</source>
	<size>
		<width>640</width>
		<height>480</height>
		<depth>3</depth>
	</size>
	<segmented>0</segmented>
	<object>
		<name>RBC</name>
		<pose>Frontal</pose>
		<truncated>0</truncated>
		<difficult>0</difficult>
		<bndbox>
			<xmin>10</xmin>
			<ymin>20</ymin>
			<xmax>30</xmax>
			<ymax>40</ymax>
		</bndbox>
	</object>
</annotation>
"""
NEW = LabeledObject("WBC", Box(1.0, 2.0, 3.25, 4.0), {"difficult": True})
NEW_TEXT = """\
	<object>
		<name>WBC</name>
		<pose>Unspecified</pose>
		<truncated>0</truncated>
		<difficult>1</difficult>
		<bndbox>
			<xmin>1</xmin>
			<ymin>2</ymin>
			<xmax>3.25</xmax>
			<ymax>4</ymax>
		</bndbox>
	</object>
"""


def edited(text: str | bytes, change: Callable[[LabeledObject], LabeledObject]) -> str:
    """The text after the first object went through ``change``."""
    data = text if isinstance(text, bytes) else text.encode()
    document = parse_voc(data)
    first, *rest = document.annotation.objects
    objects = (change(first), *rest)
    return document.render(replace(document.annotation, objects=objects)).decode()


def added(text: str, *items: LabeledObject) -> str:
    document = parse_voc(text.encode())
    objects = (*document.annotation.objects, *items)
    return document.render(replace(document.annotation, objects=objects)).decode()


def test_a_new_object_is_laid_out_like_labelimg() -> None:
    assert added(LABELIMG, NEW) == LABELIMG.replace("</annotation>", NEW_TEXT + "</annotation>")
    twice = added(added(LABELIMG, NEW), NEW)
    assert twice == added(LABELIMG, NEW, NEW)


def test_a_first_object_goes_before_the_end() -> None:
    start, end = LABELIMG.index("\t<object>"), LABELIMG.index("</annotation>")
    empty = LABELIMG[:start] + LABELIMG[end:]
    assert added(empty, NEW) == LABELIMG[:start] + NEW_TEXT + LABELIMG[end:]


def test_the_indentation_and_line_ends_of_the_file_are_used() -> None:
    text = LABELIMG.replace("\t", "  ").replace("\n", "\r\n")
    new = NEW_TEXT.replace("\t", "  ").replace("\n", "\r\n")
    assert added(text, NEW) == text.replace("</annotation>", new + "</annotation>")


def test_the_last_object_sets_the_style() -> None:
    compact = "  <object><bndbox>{}</bndbox><name>b</name></object>\n".format("".join(
        f"<{name}>{value}</{name}>" for name, value in
        (("ymin", 1), ("ymax", 2), ("xmin", 3), ("xmax", 4.125))))
    text = LABELIMG.replace("</annotation>", compact + "</annotation>")
    new = ("  <object><bndbox><ymin>2</ymin><ymax>4</ymax><xmin>1</xmin><xmax>3.125</xmax></bndbox>"
           "<name>WBC</name><pose>Unspecified</pose><truncated>0</truncated>"
           "<difficult>1</difficult></object>\n")
    item = NEW.with_box((1.0, 2.0, 3.125, 4.0))
    assert added(text, item) == text.replace("</annotation>", new + "</annotation>")


def test_a_comment_right_before_an_object_does_not_glue_the_next() -> None:
    text = LABELIMG.replace("\t<object>", "\t<!-- sure --><object>")
    assert added(text, NEW) == text.replace("</annotation>", NEW_TEXT + "</annotation>")


def test_one_long_line_stays_one_line() -> None:
    text = "".join(line.strip() for line in LABELIMG.splitlines())
    new = "".join(line.strip() for line in NEW_TEXT.splitlines())
    assert added(text, NEW) == text.replace("</annotation>", new + "</annotation>")


@pytest.mark.parametrize(
    ("empty", "expected"),
    [
        ("<annotation/>", "<annotation>\n{new}</annotation>"),
        ("<annotation a='1' />\n", "<annotation a='1'>\n{new}</annotation>\n"),
        ("<annotation></annotation>", "<annotation>\n{new}</annotation>"),
        ("<annotation>\n</annotation>", "<annotation>\n{new}</annotation>"),
        ("<annotation>\n\t<!-- none yet -->\n</annotation>",
         "<annotation>\n\t<!-- none yet -->\n{new}</annotation>"),
        ("<annotation>\n\t<object_count>0</object_count>\n</annotation>",
         "<annotation>\n\t<object_count>0</object_count>\n{new}</annotation>"),
    ],
)
def test_the_first_object_of_nearly_nothing(empty: str, expected: str) -> None:
    assert added(empty, NEW) == expected.format(new=NEW_TEXT)
    document = parse_voc(empty.encode())
    both = document.render(Annotation((NEW,), size=(7, 5), verified=True))
    assert parse_voc(both).annotation == Annotation(
        (replace(NEW, source=0),), size=(7, 5), verified=True)


def test_a_files_own_order_of_parts_is_used() -> None:
    text = (
        "<annotation>\n  <object>\n    <bndbox><ymin>1</ymin><xmin>2</xmin><ymax>3</ymax>"
        "<xmax>4</xmax></bndbox>\n    <occluded>0</occluded>\n    <name>a</name>\n"
        "  </object>\n</annotation>\n"
    )
    new = (
        "\n  <object>\n    <bndbox><ymin>2</ymin><xmin>1</xmin><ymax>4</ymax><xmax>3.25</xmax>"
        "</bndbox>\n    <name>WBC</name>\n    <pose>Unspecified</pose>\n"
        "    <truncated>0</truncated>\n    <difficult>1</difficult>\n  </object>"
    )
    assert added(text, NEW) == text.replace("</object>", "</object>" + new)


def test_a_comment_between_objects_stays_where_it_is() -> None:
    middle = "\t<!-- the second is doubtful -->\n"
    text = added(LABELIMG, NEW).replace(NEW_TEXT, middle + NEW_TEXT)
    document = parse_voc(text.encode())
    only_first = document.annotation.objects[:1]
    without_second = document.render(replace(document.annotation, objects=only_first))
    assert without_second.decode() == LABELIMG.replace("</annotation>", middle + "</annotation>")
    assert added(text, NEW).count(NEW_TEXT) == 2


@pytest.mark.parametrize(
    ("raw", "value", "expected"),
    [
        ("<difficult/>", True, "<difficult>1</difficult>"),
        ('<difficult by="me" />', True, '<difficult by="me">1</difficult>'),
        ("<difficult></difficult>", True, "<difficult>1</difficult>"),
        ("<difficult>Unspecified</difficult>", True, "<difficult>1</difficult>"),
        ("<difficult> no </difficult>", True, "<difficult> 1 </difficult>"),
        ("<difficult>yes</difficult>", False, "<difficult>0</difficult>"),
        ("<difficult><!-- sure? -->0</difficult>", True,
         "<difficult>1<!-- sure? --></difficult>"),
    ],
)
def test_flags_in_every_form_can_be_set(raw: str, value: bool, expected: str) -> None:
    text = LABELIMG.replace("<difficult>0</difficult>", raw)
    changed = edited(text, lambda item: item.with_attribute("difficult", value))
    assert changed == text.replace(raw, expected)


def test_flags_that_are_not_there_are_put_where_labelimg_has_them() -> None:
    text = LABELIMG.replace("\t\t<truncated>0</truncated>\n", "").replace(
        "\t\t<difficult>0</difficult>\n", "")
    changed = edited(text, lambda item: replace(
        item, attributes={**item.attributes, "difficult": True, "truncated": True}))
    assert changed == LABELIMG.replace("<truncated>0", "<truncated>1").replace(
        "<difficult>0", "<difficult>1")
    only_name = text.replace("\t\t<pose>Frontal</pose>\n", "")
    changed = edited(only_name, lambda item: item.with_attribute("difficult", True))
    assert "<name>RBC</name>\n\t\t<difficult>1</difficult>\n\t\t<bndbox>" in changed


@pytest.mark.parametrize(
    ("raw", "value", "expected"),
    [
        ("10", 11.0, "11"), ("10", 11, "11"), ("10", 10.5, "10.5"), ("10", 10.123456, "10.12"),
        ("10.25", 10.0, "10"), ("10.250", 10.1236, "10.124"), ("10.123456", 1.99999, "2"),
        ("10", -0.001, "0"), ("10", 1e6, "1000000"), ("10", 0.0, "0"), ("10", -3.0, "-3"),
    ],
)
def test_how_numbers_are_written(raw: str, value: float, expected: str) -> None:
    text = LABELIMG.replace("<xmin>10<", f"<xmin>{raw}<")
    changed = edited(text, lambda item: item.with_box((value, *item.box[1:])))
    assert changed == text.replace(f"<xmin>{raw}<", f"<xmin>{expected}<")


def test_an_unchanged_number_keeps_its_form() -> None:
    text = LABELIMG.replace("<ymin>20<", "<ymin>20.50<").replace("<xmax>30<", "<xmax> 030.0 <")
    changed = edited(text, lambda item: item.with_box((11.0, *item.box[1:])))
    assert changed == text.replace("<xmin>10<", "<xmin>11<")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<annotation>", '<annotation verified="yes">'),
        ('<annotation verified="no">', '<annotation verified="yes">'),
        ("<annotation a='1'  verified = 'no' >", "<annotation a='1'  verified = 'yes' >"),
        ('<annotation a="1">', '<annotation verified="yes" a="1">'),
    ],
)
def test_verified_comes_and_goes(before: str, after: str) -> None:
    data = LABELIMG.replace("<annotation>", before).encode()
    document = parse_voc(data)
    marked = document.render(replace(document.annotation, verified=True))
    assert marked == data.replace(before.encode(), after.encode())
    again = parse_voc(marked)
    assert again.annotation.verified
    unmarked = parse_voc(again.render(replace(again.annotation, verified=False)))
    assert not unmarked.annotation.verified
    assert b"verified" not in unmarked.data


def test_a_copy_with_the_same_source_becomes_an_object_of_its_own() -> None:
    document = parse_voc(LABELIMG.encode())
    (item,) = document.annotation.objects
    copy = item.with_box((1.0, 2.0, 3.0, 4.0))
    rendered = document.render(replace(document.annotation, objects=(item, copy)))
    assert [found[1] for found in oracle(rendered)[0]] == [item.box, copy.box]
    assert rendered.startswith(document.data[: document.data.index(b"</annotation>")])


def test_a_source_that_the_file_does_not_have_is_a_new_object() -> None:
    document = parse_voc(LABELIMG.encode())
    stray = replace(NEW, source=7)
    rendered = document.render(
        replace(document.annotation, objects=(*document.annotation.objects, stray))
    )
    assert rendered.decode() == added(LABELIMG, NEW)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_cannot_be_read_back_is_never_written(value: float) -> None:
    with pytest.raises(WorkbenchError, match="a coordinate of a box is not a number"):
        edited(LABELIMG, lambda item: item.with_box((value, 1, 2, 3)))
    with pytest.raises(WorkbenchError, match="a coordinate of a box is not a number"):
        added(LABELIMG, NEW.with_box((value, 1, 2, 3)))


@pytest.mark.parametrize("label", ["", "a\x00b", "\ud800", "\x1b", "\uffff"])
def test_a_name_that_xml_does_not_have_is_never_written(label: str) -> None:
    with pytest.raises(WorkbenchError, match="class name"):
        edited(LABELIMG, lambda item: item.with_label(label))


@pytest.mark.parametrize("label", [" a", "a ", "\ta\n", "a\nb", "a\r\nb", " ", "a\tb", "]]>"])
def test_odd_names_come_back(label: str) -> None:
    changed = edited(LABELIMG, lambda item: item.with_label(label))
    assert parse_voc(changed.encode()).annotation.objects[0].label == label
    assert ElementTree.fromstring(changed).findtext("object/name") == label


def labelimg_text(
    folder: str, name: str, path: str, size: tuple[int, int, int], items: list[LabeledObject],
    verified: bool,
) -> bytes:
    """The same file through a tree and a pretty printer, indented with tabs."""
    root = etree.Element("annotation")
    if verified:
        root.set("verified", "yes")

    def put(parent: etree._Element, **leaves: object) -> None:
        for key, value in leaves.items():
            etree.SubElement(parent, key).text = str(value)

    put(root, folder=folder, filename=name, path=path)
    put(etree.SubElement(root, "source"), database="Unknown")
    put(etree.SubElement(root, "size"), width=size[0], height=size[1], depth=size[2])
    put(root, segmented=0)
    for item in items:
        node = etree.SubElement(root, "object")
        put(node, name=item.label, pose="Unspecified", truncated=int(item.truncated),
            difficult=int(item.difficult))
        x1, y1, x2, y2 = map(int, item.box)
        put(etree.SubElement(node, "bndbox"), xmin=x1, ymin=y1, xmax=x2, ymax=y2)
    etree.indent(root, "\t")
    return etree.tostring(root, encoding="utf-8") + b"\n"


@pytest.mark.parametrize("verified", [False, True])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_new_file_is_what_labelimg_writes(tmp_path: Path, count: int, verified: bool) -> None:
    image = tmp_path / "pictures & more" / "Känguru 1.jpg"
    items = [
        LabeledObject("a & <b>", Box(1.0, 2.0 + i, 30.0, 40.0),
                      {"difficult": True} if i == 1 else {"truncated": True} if i == 2 else {})
        for i in range(count)
    ]
    annotation = Annotation(tuple(items), size=(640, 480), verified=verified)
    data = new_voc(annotation, image_path=image, depth=1)
    assert data == labelimg_text(
        image.parent.name, image.name, str(image), (640, 480, 1), items, verified
    )
    document = parse_voc(data)
    assert document.problems == ()
    assert document.annotation.size == (640, 480) and document.annotation.verified is verified
    assert [facts(item) for item in document.annotation.objects] == [facts(i) for i in items]


def test_a_new_file_in_the_challenges_convention(tmp_path: Path) -> None:
    annotation = Annotation((LabeledObject("a", Box(0.0, 4.0, 30.0, 40.0)),), size=(640, 480))
    data = new_voc(annotation, image_path=tmp_path / "a.jpg",
                   convention=VocConvention.ONE_BASED)
    assert oracle(data)[0][0][1] == (1.0, 5.0, 30.0, 40.0)
    assert parse_voc(data, VocConvention.ONE_BASED).annotation.objects[0].box == (0, 4, 30, 40)


def test_a_new_file_needs_the_size(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="size"):
        new_voc(Annotation(), image_path=tmp_path / "a.jpg")


# Real files


def real_files(data_set: Callable[[str], Path]) -> Iterator[tuple[Path, VocDocument]]:
    paths = [*data_set("bccd").rglob("*.xml"), *data_set("kangaroo").rglob("*.xml")]
    assert len(paths) > 400
    for path in paths:
        yield path, parse_voc(path.read_bytes(), path=path)


def test_real_files_stay_byte_for_byte(data_set: Callable[[str], Path]) -> None:
    boxes = 0
    for path, document in real_files(data_set):
        assert document.render(document.annotation) == path.read_bytes()
        found, verified = oracle(document.data)
        assert [facts(item) for item in document.annotation.objects] == found
        assert document.annotation.verified == verified
        boxes += len(found)
    assert boxes > 4000


def test_real_files_come_back_after_every_change_is_taken_back(
    data_set: Callable[[str], Path],
) -> None:
    """Each step is written, read again and undone in a new document, as after a restart."""
    for _, document in real_files(data_set):
        start = document.annotation
        # Once "no" has become "yes", taking it back removes the attribute, as labelImg does.
        changed = replace(start, verified=b"verified" not in document.data, objects=(
            *(item.with_label(item.label + "?").with_attribute("difficult", not item.difficult)
              .with_attribute("truncated", not item.truncated)
              .with_box((item.box[0] + 1, item.box[1] + 0.5, item.box[2] - 1, item.box[3]))
              for item in start.objects),
            NEW,
        ))
        again = parse_voc(document.render(changed))
        assert [facts(i) for i in again.annotation.objects] == [facts(i) for i in changed.objects]
        assert again.render(start) == document.data
