"""Whatever is done to a Pascal VOC file, only what was changed changes."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.formats.voc_documents import (
    Built,
    boxes,
    documents,
    facts,
    label_texts,
    oracle,
)
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.shapes import Box
from workbench.formats.voc import VocConvention, parse_voc, summarize_voc
from workbench.formats.xml_text import escape

CORNERS = ("xmin", "ymin", "xmax", "ymax")
quick = settings(max_examples=60, deadline=None)

new_objects = st.builds(
    lambda label, box, flags: LabeledObject(label, Box(*box), dict.fromkeys(flags, True)),
    label_texts, boxes, st.sets(st.sampled_from(["difficult", "truncated"])))


def written(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.2f}".rstrip("0")


@quick
@given(documents())
def test_a_file_says_what_it_says_and_stays_as_it_is(built: Built) -> None:
    document = parse_voc(built.data)
    assert [facts(item) for item in document.annotation.objects] == built.objects
    assert [item.source for item in document.annotation.objects] == list(range(len(built.objects)))
    assert document.annotation.verified == built.verified
    assert oracle(built.data)[0] == built.objects
    assert document.render(document.annotation) == built.data
    copies = tuple(replace(item) for item in document.annotation.objects)
    assert document.render(replace(document.annotation, objects=copies)) == built.data
    summary = summarize_voc(built.data)
    objects = document.annotation.objects
    assert summary[:2] == (document.annotation.counts(), built.verified)
    assert summary.difficult == any(item.difficult for item in objects)
    assert summary.truncated == any(item.truncated for item in objects)


@quick
@given(documents())
def test_a_comment_changes_nothing_but_the_way_a_file_is_read(built: Built) -> None:
    """With one beside the objects expat's events are read, without one mostly fixed patterns."""
    document = parse_voc(built.data)
    at = built.text.rfind("</annotation")
    assume(at > 0)
    commented = built.text[:at] + "<!-- <object> -->" + built.text[at:]
    again = parse_voc(built.encode(commented))
    assert again.annotation == document.annotation
    assert [p.reason for p in again.problems] == [p.reason for p in document.problems]


@quick
@given(documents(max_objects=3), st.data())
def test_only_changed_values_change(built: Built, data: st.DataObject) -> None:
    assume(built.objects)
    document = parse_voc(built.data)
    objects = list(document.annotation.objects)
    expected: dict[tuple[int, str], str] = {}
    for index, item in enumerate(objects):
        if data.draw(st.booleans()):
            label = data.draw(label_texts)
            if label != item.label:
                expected[index, "name"] = escape(label)
            item = item.with_label(label)
        if data.draw(st.booleans()):
            box = data.draw(boxes_beside(item))
            for name, old, new in zip(CORNERS, item.box, box, strict=True):
                if old != new:
                    expected[index, name] = written(new)
            item = item.with_box(box)
        if (index, "difficult") in built.values and data.draw(st.booleans()):
            item = item.with_attribute("difficult", not item.difficult)
            expected[index, "difficult"] = str(int(item.difficult))
        objects[index] = item
    changed = document.render(replace(document.annotation, objects=tuple(objects)))
    assert changed == built.with_values(expected)
    assert oracle(changed)[0] == [facts(item) for item in objects]


@quick
@given(documents(), st.sets(st.integers(0, 4)))
def test_deleted_objects_are_cut_and_nothing_else(built: Built, gone: set[int]) -> None:
    document = parse_voc(built.data)
    gone &= set(range(len(built.objects)))
    left = tuple(item for item in document.annotation.objects if item.source not in gone)
    data = document.render(replace(document.annotation, objects=left))
    assert data == built.without(gone)
    assert document.render(document.annotation) == built.data


def boxes_beside(*items: LabeledObject) -> st.SearchStrategy[tuple[float, ...]]:
    """Boxes that are not one of ``items`` with its swapped corners in order: such corners stay as
    they are in the file, because the box is the same."""
    swapped = {item.in_order().box for item in items if item.in_order().box != item.box}
    return boxes.filter(lambda box: box not in swapped)


@st.composite
def edits(draw: st.DrawFn, start: Annotation) -> Annotation:
    """``start`` after some steps as a person takes them in the window."""
    objects = list(start.objects)
    verified = start.verified
    for _ in range(draw(st.integers(1, 6))):
        step = draw(st.sampled_from(["add", "delete", "label", "box", "flags", "copy", "verify"]))
        if step == "add":
            objects.append(draw(new_objects))
        elif step == "verify":
            verified = not verified
        elif objects:
            at = draw(st.integers(0, len(objects) - 1))
            item = objects[at]
            if step == "delete":
                del objects[at]
            elif step == "label":
                objects[at] = item.with_label(draw(label_texts))
            elif step == "box":
                objects[at] = item.with_box(draw(boxes_beside(*start.objects)))
            elif step == "flags":
                objects[at] = (item.with_attribute("difficult", not item.difficult)
                                   .with_attribute("truncated", draw(st.booleans())))
            else:
                objects.append(replace(item, source=None))
    return replace(start, objects=tuple(objects), verified=verified)


@settings(max_examples=100, deadline=None)
@given(documents(max_objects=3), st.data())
def test_any_sequence_of_edits_reads_back(built: Built, data: st.DataObject) -> None:
    document = parse_voc(built.data)
    for _ in range(2):  # the second round edits what the first wrote
        edited = data.draw(edits(document.annotation))
        rendered = document.render(edited)
        assert oracle(rendered) == ([facts(item) for item in edited.objects], edited.verified)
        again = parse_voc(rendered)
        assert [facts(item) for item in again.annotation.objects] == [
            facts(item) for item in edited.objects
        ]
        assert again.annotation.verified == edited.verified
        assert again.render(again.annotation) == rendered
        document = again


@quick
@given(documents(max_objects=3), st.data())
def test_taking_edits_back_restores_the_bytes(built: Built, data: st.DataObject) -> None:
    document = parse_voc(built.data)
    data.draw(edits(document.annotation))
    assert document.render(document.annotation) == built.data
    verified = replace(document.annotation, verified=True)
    again = parse_voc(document.render(verified))
    assert again.annotation.verified


@quick
@given(documents(max_objects=3), st.data())
def test_the_challenge_convention_shifts_mins_and_comes_back(
    built: Built, data: st.DataObject
) -> None:
    convention = VocConvention.ONE_BASED
    document = parse_voc(built.data, convention)
    for item, (_, raw, _, _) in zip(document.annotation.objects, built.objects, strict=True):
        assert item.box == (raw[0] - 1, raw[1] - 1, raw[2], raw[3])
    assert document.render(document.annotation) == built.data
    edited = data.draw(edits(document.annotation))
    again = parse_voc(document.render(edited), convention).annotation
    for one, other in zip(edited.objects, again.objects, strict=True):
        assert one.label == other.label
        assert all(abs(a - b) < 1e-6 for a, b in zip(one.box, other.box, strict=True))


@quick
@given(documents(max_objects=2), st.tuples(st.integers(1, 4000), st.integers(1, 4000)))
def test_a_size_is_set_where_it_belongs(built: Built, size: tuple[int, int]) -> None:
    document = parse_voc(built.data)
    again = parse_voc(document.render(replace(document.annotation, size=size)))
    assert again.annotation.size == size
    assert again.annotation.objects == document.annotation.objects


@settings(max_examples=40, deadline=None)
@given(documents(max_objects=1), st.integers(12, 40), st.data())
def test_many_objects_of_one_shape_read_like_few(
    built: Built, count: int, data: st.DataObject
) -> None:
    """Repeat one object often, then edit one of them."""
    assume(built.spans)
    start, end = built.spans[0]
    text = built.text[:start] + built.text[start:end] * count + built.text[end:]
    document = parse_voc(built.encode(text))
    assert [facts(item) for item in document.annotation.objects] == built.objects * count
    at = data.draw(st.integers(0, count - 1))
    objects = list(document.annotation.objects)
    box = data.draw(boxes_beside(objects[at]))
    objects[at] = objects[at].with_box(box).with_label("other")
    rendered = document.render(replace(document.annotation, objects=tuple(objects)))
    assert oracle(rendered)[0] == [facts(item) for item in objects]
    changes = {(0, "name"): "other"}
    changes.update({
        (0, name): written(value)
        for name, value, old in zip(CORNERS, box, built.objects[0][1], strict=True)
        if value != old
    })
    if built.objects[0][0] == "other":
        del changes[0, "name"]
    one = built.with_values(changes)[len(built.mark):].decode(built.codec)
    head, tail = len(built.encode(built.text[:start])), len(built.encode(built.text[end:]))
    block = one.encode(built.codec)[head - len(built.mark) : len(one.encode(built.codec)) - (
        tail - len(built.mark))]
    whole = built.encode(built.text[:start]) + b"".join(
        block if i == at else built.encode(built.text[start:end])[len(built.mark):]
        for i in range(count)
    ) + built.encode(built.text[end:])[len(built.mark):]
    assert rendered == whole
