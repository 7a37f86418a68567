"""CVAT's tracks of a video: read, changed, and all that is not understood kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import FormatError
from workbench.core.shapes import Box
from workbench.core.tracks import Track, TrackKey, track_of
from workbench.formats.cvat_video import VideoFacts, new_file, parse

OF_CVAT = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta><job><id>7</id><unheard_of a="1">ü</unheard_of></job></meta>
  <!-- a remark -->
  <track id="0" label="car" source="manual" group_id="4">
    <box frame="2" keyframe="1" outside="0" occluded="0" xtl="10.00" ytl="20.00" xbr="30.00" ybr="40.00" z_order="3">
      <attribute name="colour">red</attribute>
      <attribute name="parked">true</attribute>
    </box>
    <box frame="3" keyframe="0" outside="0" occluded="0" xtl="15.00" ytl="20.00" xbr="35.00" ybr="40.00" z_order="3">
      <attribute name="colour">red</attribute>
      <attribute name="parked">true</attribute>
    </box>
    <box frame="4" keyframe="1" outside="0" occluded="1" xtl="20.00" ytl="20.00" xbr="40.00" ybr="40.00" z_order="3">
      <attribute name="colour">red</attribute>
      <attribute name="parked">false</attribute>
    </box>
    <box frame="6" keyframe="1" outside="1" occluded="1" xtl="20.00" ytl="20.00" xbr="40.00" ybr="40.00" z_order="3">
    <attribute name="colour">red</attribute></box>
  </track>
  <track id="1" label="road" source="manual">
    <polygon frame="0" keyframe="1" outside="0" occluded="0" points="1,2;3,4;5,9" z_order="0"></polygon>
  </track>
  <track id="2" label="Größe &amp; &lt;Co&gt;" source="auto">
    <box frame="0" keyframe="1" outside="0" occluded="0" xtl="1" ytl="2" xbr="3" ybr="4"/>
    <box frame="1" keyframe="0" outside="0" occluded="0" xtl="90" ytl="2" xbr="93" ybr="4"/>
  </track>
</annotations>
"""  # noqa: E501


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_key_frames_are_read_and_what_is_not_understood_stays_to_the_byte(newline: str) -> None:
    whole = OF_CVAT.replace("\n", newline)
    data = whole.encode()
    file = parse(data)
    car, other = file.annotation.objects
    assert car.label == "car" and car.attributes == {"colour": "red"}
    assert [(key.frame, key.outside, dict(key.attributes)) for key in track_of(car).keys] == [
        (2, False, {"parked": True}), (4, False, {"occluded": True}), (6, True, {"occluded": True})]
    assert track_of(car).id == 0 and other.label == "Größe & <Co>"
    # what lies beside the line was drawn by somebody, whatever it is called
    assert [key.frame for key in track_of(other).keys] == [0, 1]
    assert file.other == 1
    assert file.render(file.annotation) == data

    moved = replace(car, shape=track_of(car).with_key(TrackKey(3, Box(0, 0, 5, 5.5))))
    fresh = LabeledObject("dog", Track(9, (TrackKey(0, Box(1, 1, 2, 2)),)))
    after = file.render(Annotation((moved, fresh)))  # the last track was deleted
    text = after.decode()
    head, _ = whole.split("  <track id=\"0\"")
    assert "\n" not in text.replace(newline, "") and "\r" not in text.replace(newline, "")
    assert f"</track>{newline}  <track" in text, "nothing is left of the one that was deleted"
    assert text.startswith(head) and "<polygon" in text and "Größe" not in text
    assert 'group_id="4"' in text and text.count('z_order="3"') == 4
    again = parse(after)
    assert [(item.label, item.shape, item.attributes) for item in again.annotation.objects] == [
        (item.label, item.shape, item.attributes) for item in (moved, fresh)]
    assert again.other == 1


def test_what_is_not_known_of_a_track_that_changes_stays_too() -> None:
    data = OF_CVAT.replace('group_id="4">', 'group_id="4">\n    <x:note a="ü>"><b/></x:note>') \
        .replace('group_id="4">', 'group_id="4" xmlns:x="y">') \
        .replace('<attribute name="colour">red</attribute></box>',
                 '<attribute name="lane"/></box>\n    <empty/>')
    file = parse(data.encode())
    car, other = file.annotation.objects
    moved = replace(car, shape=track_of(car).with_key(TrackKey(5, Box(0, 0, 5, 5.5))).with_key(
        TrackKey(9, Box(0, 0, 5, 6))))
    text = file.render(Annotation((moved, other))).decode()
    assert '    <x:note a="ü>"><b/></x:note>\n    <empty/>\n  </track>' in text
    _, second, third, fourth, last = text.split("<box ")[1:6]
    for box in (second, third):
        assert '<attribute name="parked">false</attribute>' in box, "as it was, and after that"
        assert 'z_order="3"' in box
    assert all('<attribute name="lane"></attribute>' in box for box in (fourth, last))
    assert parse(text.encode()).annotation.objects[0].shape == moved.shape


def test_a_new_file_is_read_back_also_with_a_box_for_each_frame() -> None:
    track = Track(1, (TrackKey(1, Box(0, 0, 10, 10)), TrackKey(5, Box(8, 4, 18, 14.25)),
                      TrackKey(7, Box(8, 4, 18, 14.25), outside=True)))
    annotation = Annotation((LabeledObject("a \"b\" & c", track, {"kind": "x<y"}),))
    facts = VideoFacts("clip & co.mp4", 10, (64, 48))
    for dense, boxes in ((False, 3), (True, 7)):
        data = new_file(annotation, facts, dense=dense)
        assert data.count(b"<box ") == boxes
        found = parse(data).annotation.objects[0]
        assert (found.label, found.shape, found.attributes) == (
            "a \"b\" & c", track, {"kind": "x<y"})


@pytest.mark.parametrize(("text", "said"), [
    ("<annotations><track label='a'><box frame='x' xtl='0' ytl='0' xbr='1' ybr='1'/></track>"
     "</annotations>", "names no frame"),
    ("<annotations><track label='a'><box frame='1' xtl='0' ytl='0' xbr='nan' ybr='1'/></track>"
     "</annotations>", "no four edges at frame 1"),
    ("<annotation></annotation>", "no tracks of a video"),
    ("<annotations><track>", "cut off"),
])
def test_what_cannot_be_read_is_said(text: str, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        parse(text.encode())


@pytest.mark.parametrize(("value", "text"), [
    (3.0, "3"), (1234567.25, "1234567.25"), (16777217.0, "16777217"), (-0.1, "-0.1"),
    (1e-9, "1e-09"), ("007", "007"), ("1.50", "1.50"), (True, "true"), ("red", "red")])
def test_numbers_and_what_looks_like_one_stay_what_they_are(value: str | float | bool,
                                                            text: str) -> None:
    item = LabeledObject("car", Track(1, (TrackKey(0, Box(0, 0, 10, 10)),)), {"what": value})
    data = new_file(Annotation((item,)), VideoFacts("clip.mp4", 10, (64, 48)))
    assert f'<attribute name="what">{text}</attribute>'.encode() in data
    found = parse(data).annotation.objects[0].attributes["what"]
    assert found == value and type(found) is type(value)
