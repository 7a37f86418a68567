"""Filters that combine: one text, which a menu writes as well, in every place for labelling."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from tests.project.helpers import add_image, box
from tests.project.test_statistics import label
from tests.support.tiny_sounds import make_sounds
from workbench.core.annotation import LabeledObject
from workbench.core.outlines import Keypoints, Polygon, RotatedBox
from workbench.core.shapes import Box, Shape
from workbench.extension.tasks import register_bundled
from workbench.gui.app.program import Program
from workbench.gui.app.remember import PlaceMemory
from workbench.gui.label.filter_menu import SPLIT, FilterMenu
from workbench.gui.label.filter_terms import Term, class_filter, compares, terms_of, words_of
from workbench.gui.label.images.image_filter import ImageFilter
from workbench.gui.label.place import LabellingPlace
from workbench.gui.label.sample_filter import SampleFilter, count_filter
from workbench.gui.label.sounds.clip_filter import ClipFilter
from workbench.gui.label.videos.video_list import VideoFilter
from workbench.project.datasets.splits import Split, save_split
from workbench.project.library.clips import ClipSummary
from workbench.project.library.image_rows import ImageSummary
from workbench.project.statistics.table import read_objects
from workbench.tasks.image_classification.window.grid_model import ClassFilter


@pytest.mark.parametrize(("text", "terms"), [
    ("cat", [Term("cat")]),
    ("-Cat", [Term("cat", negated=True)]),
    ('class:"Red car" x', [Term("red car", "class", ":"), Term("x")]),
    ('-class:"red', [Term("red", "class", ":", negated=True)]),
    ("size<32 size:8..16", [Term("32", "size", "<"), Term("8..16", "size", ":")]),
    (">20 <=3", [Term("20", "objects", ">"), Term("3", "objects", "<=")]),
    ("unknown:x a<b -", [Term("unknown:x"), Term("a<b"), Term("-")]),
    ("size:", [Term("size:")]),
    ('""', []),
    ("sort:-objects", [Term("-objects", "sort", ":")]),
])
def test_a_text_is_taken_apart(text: str, terms: list[Term]) -> None:
    assert terms_of(text, {"class", "size", "sort", "objects"}) == terms


@pytest.mark.parametrize(("sign", "value", "fitting"), [
    ("<", "5", [4]), (">=", "5", [5, 6]), ("=", "5", [5]), (":", "5", [5]), (":", "4..5", [4, 5]),
    (":", "5..", [5, 6]), (":", "..4", [4]), ("<", "4,5", [4]),
])
def test_numbers_are_compared(sign: str, value: str, fitting: list[int]) -> None:
    test = compares(sign, value)
    assert test is not None and [number for number in (4, 5, 6) if test(number)] == fitting


def test_what_is_no_number_fits_nothing() -> None:
    assert compares("<", "x") is None and compares(":", "1..x") is None


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    folder = tmp_path / "pets"
    label(folder, "a.png", box("cat", 0, 0, 10, 10), box("red dog", 0, 0, 40, 40))
    label(folder, "b.png", LabeledObject("cat", Box(0, 0, 40, 10), {"difficult": True}),
          weather="rain", night=True)
    label(folder, "c.png", weather="rain")
    add_image(folder, "d.png")
    save_split(folder, Split(train=["a.png"], val=["b.png"], test=[]))
    return folder


SUMMARIES = {
    "a.png": ImageSummary(2, {"cat": 1, "red dog": 1}, verified=True),
    "b.png": ImageSummary(1, {"cat": 1}, difficult=True),
    "c.png": ImageSummary(), "d.png": ImageSummary(labelled=False),
}


@pytest.mark.parametrize(("text", "chosen"), [
    ("size<16", "a"), ("size>16", "ab"), ("class:cat size>16", "b"),
    ('class:"red dog" size>16', "a"), ("-size<16", "bcd"), ("-size>16", "cd"),
    ("aspect>2", "b"), ("width:10", "a"), ("size<x", ""), ("has:difficult", "b"),
    ("-has:difficult", "acd"), ("split:val", "b"), ("-split:val", "acd"), ("split:none", "cd"),
    ("split:train cat", "a"), ("-cat", "cd"), ("-verified cat", "b"), ("objects<2", "bcd"),
    ("name:a", "a"), ("-unlabelled =0", "c"), ('-class:"red dog" cat', "b"),
    ("sort:objects", "cdba"), ("sort:-objects", "abcd"), ("cat sort:objects", "ba"),
    ("has:weather", "bc"), ("-has:night", "acd"), ("has:weather=rain class:cat", "b"),
    ("has:night has:difficult", "b"), ("has:weather=snow", ""),
    ("cat=1", "ab"), ('"red dog">=1', "a"), ("dog=0 cat>=1", "b"), ("-cat>0", "cd"),
    ("cat>=2", ""), ("night=1", ""), ("name=1", ""), ("=1", "b"), ("boxes>=2", "a"),
    ("sort:nothing", "abcd"), ("sort:verified sort:-name", "dcba"),  # the first order counts most
])
def test_terms_combine(pets: Path, text: str, chosen: str) -> None:
    register_bundled()
    keys = ImageFilter(text).choose(SUMMARIES, SUMMARIES.__getitem__, ["cat", "red dog"],
                                    read_objects(pets))
    assert "".join(key[0] for key in keys) == chosen


def test_shapes_are_counted(tmp_path: Path) -> None:
    ring = ((1.0, 1.0), (9.0, 1.0), (9.0, 9.0))
    made: dict[str, list[Shape]] = {
        "a.png": [Box(0, 0, 5, 5)] * 3, "b.png": [Polygon((ring,)), Polygon((ring,))],
        "c.png": [RotatedBox((20, 20), 10, 5, 0.5), Box(1, 1, 9, 9)],
        "d.png": [Keypoints(ring, (2, 2, 2))]}
    for key, shapes in made.items():
        label(tmp_path, key, *(LabeledObject("wheel", shape) for shape in shapes))
    register_bundled()
    summaries = {key: ImageSummary(len(shapes), {"wheel": len(shapes)})
                 for key, shapes in made.items()}
    table = read_objects(tmp_path)
    for text, chosen in (("boxes>2", "a"), ("boxes>0", "ac"), ("polygons:1..2", "b"),
                         ("-polygons>0", "acd"), ("rotated=1 boxes=1", "c"), ("keypoints>0", "d"),
                         ("masks>0", ""), ("boxes>x", ""), ("-boxes>x", ""), ("wheel>=2", "abc"),
                         ("has:polygon size<9", "b"), ("has:polygon size>9", ""),
                         ("-wheel>=3 boxes=0", "bd")):
        keys = ImageFilter(text).choose(summaries, summaries.__getitem__, ["wheel"], table)
        assert "".join(key[0] for key in keys) == chosen, text


@pytest.mark.parametrize("kind", [ImageFilter, ClipFilter, VideoFilter, ClassFilter])
def test_every_term_of_the_menu_is_one(kind: type[SampleFilter]) -> None:
    offered = [*kind.choices, SPLIT, ("", [(text, f"sort:{name}")
                                           for name, text in kind.order_words])]
    for text, term in (entry for _, entries in offered for entry in entries):
        (asked,) = kind(term).terms
        assert asked.field or asked.value in kind.words, text
        if asked.field == "sort":
            assert asked.value.removeprefix("-") in kind.orders
        elif asked.sign and asked.field not in ("has", "split"):
            assert compares(asked.sign, asked.value) is not None, text


def test_without_the_labels_a_filter_by_them_shows_nothing_yet() -> None:
    wanted = ImageFilter("size<16")
    assert wanted.needs_labels and not ImageFilter("cat").needs_labels
    assert wanted.choose(SUMMARIES, SUMMARIES.__getitem__, []) == []


def test_clips_are_sorted_and_counted() -> None:
    clips = {"a.wav": ClipSummary(label="x", regions=2, classes=(("x", 1),)),
             "b.wav": ClipSummary(regions=5, group="ann")}
    assert ClipFilter("sort:-regions").choose(clips, clips.__getitem__) == ["b.wav", "a.wav"]
    assert ClipFilter(">2").choose(clips, clips.__getitem__) == ["b.wav"]
    assert ClipFilter("-group:ann").choose(clips, clips.__getitem__) == ["a.wav"]


# --- the menu -------------------------------------------------------------------------------------


def entry(menu: QMenu, title: str, text: str) -> None:
    """Choose an entry of a submenu."""
    part = next(item for item in menu.findChildren(QMenu) if item.title() == title)
    next(item for item in part.actions() if item.text().partition("\t")[0] == text).trigger()


def entries(menu: QMenu) -> list[str]:
    return [item.text() for item in menu.actions() if item.text() and item.menu() is None]


@pytest.fixture
def program(make_program: Callable[..., Program], qtbot: QtBot) -> Program:
    made = make_program()
    with qtbot.waitExposed(made.window):
        made.window.show()
    return made


def place_of(program: Program, folder: Path, id: str) -> LabellingPlace:
    program.projects.open(folder)
    program.context.go(id)
    place = program.window.place_widget(id)
    assert isinstance(place, LabellingPlace)
    return place


def shown(place: LabellingPlace) -> list[str]:
    samples = place.sample_panel.view.samples
    return [samples.key(row) for row in range(samples.rowCount())]


def test_the_menu_writes_the_text_and_the_list_follows(program: Program, pets: Path,
                                                       qtbot: QtBot) -> None:
    place = place_of(program, pets, "images")
    qtbot.waitUntil(lambda: len(shown(place)) == 4)
    panel = place.sample_panel
    entry(panel.menu.menu_now(), "Size of an object", "Larger than 96 px")
    entry(panel.menu.menu_now(), "Size of an object", "Larger than 96 px")  # off again
    assert panel.field.text() == ""
    entry(panel.menu.menu_now(), "Size of an object", "Smaller than 32 px")
    session = program.context.session
    assert session is not None
    qtbot.waitUntil(lambda: "red dog" in session.classes)
    entry(panel.menu.menu_now(), "Class", "red dog")
    entry(panel.menu.menu_now(), "Part of the split", "val")
    entry(panel.menu.menu_now(), "Part of the split", "train")
    assert panel.field.text() == 'size<32 class:"red dog" split:train'
    qtbot.waitUntil(lambda: shown(place) == [] and not panel.view.samples.waits)
    panel.set_filter('size>32 class:"red dog" split:train')
    qtbot.waitUntil(lambda: shown(place) == ["a.png"])
    panel.set_filter("sort:-objects")
    qtbot.waitUntil(lambda: shown(place)[:2] == ["a.png", "b.png"])


def test_an_edit_is_heeded_when_the_filter_is_used_again(program: Program, pets: Path,
                                                         qtbot: QtBot) -> None:
    place = place_of(program, pets, "images")
    panel = place.sample_panel
    panel.set_filter("size<16")
    qtbot.waitUntil(lambda: shown(place) == ["a.png"])
    session = program.context.session
    assert session is not None
    session.edit("c.png", [box("cat", 0, 0, 5, 5)], "draw")
    assert session.saver.flush(60)
    panel.set_filter("")
    panel.set_filter("size<16")
    qtbot.waitUntil(lambda: shown(place) == ["a.png", "c.png"])


def test_clips_have_the_same(program: Program, tmp_path: Path, qtbot: QtBot) -> None:
    folder = make_sounds(tmp_path / "s", each=1)
    place = place_of(program, folder, "audio")
    qtbot.waitUntil(lambda: len(shown(place)) == 9)
    place.sample_panel.set_filter("length>0.2 class:high -name:ann")
    qtbot.waitUntil(lambda: shown(place) == ["high_bob_0.wav", "high_cem_0.wav"])


def test_filters_are_kept_with_the_project(program: Program, pets: Path, qtbot: QtBot,
                                           stored: QSettings) -> None:
    panel = place_of(program, pets, "images").sample_panel
    panel.set_filter("cat size<32")
    action = next(item for item in panel.menu.menu_now().actions()
                  if item.text() == "Keep this filter")
    action.trigger()
    panel.set_filter("")
    assert "cat size<32" in entries(panel.menu.menu_now())
    next(item for item in panel.menu.menu_now().actions()
         if item.text() == "cat size<32").trigger()
    assert panel.field.text() == "cat size<32"
    again = FilterMenu(QLineEdit("cat size<32"), ImageFilter, PlaceMemory(stored, "images"))
    qtbot.addWidget(again)
    again.set_session(program.context.session)
    assert again.kept() == ["cat size<32"]
    next(item for item in again.menu_now().actions()
         if item.text() == "Forget this filter").trigger()
    assert panel.menu.kept() == []


def test_a_class_with_a_space_is_filtered_whole() -> None:
    assert count_filter("cat", ">=2") == "cat>=2"
    assert count_filter("red dog", "=0") == '"red dog"=0'
    assert class_filter("red dog") == 'class:"red dog"' and class_filter("cat") == "class:cat"


@pytest.mark.parametrize("name", ["-x", "class:cat", '5" disk', 'a"b', '"cat"', '"', 'a ""', "<32",
                                  "sort:objects", "size", "a<5", "x=2"])
def test_a_class_may_be_called_anything(name: str) -> None:
    fields = {"class", "size", "sort", "objects"}
    assert terms_of(class_filter(name), fields) == [Term(name, "class", ":")]
    assert terms_of(count_filter(name, ">=2"), fields) == [
        Term("2", "objects", ">=", name=name)]
    assert terms_of(f"-{class_filter(name)} size<3", fields) == [
        Term(name, "class", ":", negated=True), Term("3", "size", "<")]


def test_what_is_no_term_is_not_left_out() -> None:
    assert terms_of('class:"red dog"s', {"class"}) == [Term("class:red dogs")]
    assert words_of('Cat class:"Red Dog"', small=False) == ["Cat", 'class:"Red Dog"']


def test_samples_are_chosen_and_sorted_by_who_labelled_them() -> None:
    people = {"a": "Kim", "b": "Lee Ann", "c": "", "d": "Kim"}

    def shown(text: str) -> list[str]:
        return ImageFilter(text).choose(people, lambda _key: None, people=people.__getitem__)

    assert (shown("by:kim"), shown('by:"lee ann"'), shown("by:none"), shown("-by:kim")) == (
        ["a", "d"], ["b"], ["c"], ["b", "c"])
    assert (shown("sort:by"), shown("sort:-by")) == (["a", "d", "b", "c"], ["c", "b", "a", "d"])
