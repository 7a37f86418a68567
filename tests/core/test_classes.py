"""The class list keeps its order whatever happens to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.class_names import classes_of_run
from workbench.core.classes import CLASS_COLORS, HOTKEYS, ClassList
from workbench.core.errors import UsageError

names = st.lists(st.sampled_from("abcdefghijklmno"), max_size=12)


def test_digits_stand_for_the_first_ten() -> None:
    classes = ClassList("abcdefghijkl")
    assert [classes.hotkey(name) for name in classes] == [*"1234567890", None, None]
    assert classes.for_hotkey("1") == "a" and classes.for_hotkey("0") == "j"
    assert ClassList("ab").for_hotkey("3") is None
    assert classes.for_hotkey("") is None and classes.for_hotkey("12") is None


def test_a_class_called_by_a_digit_has_that_key() -> None:
    digits = ClassList("0123456789")
    assert all(digits.hotkey(name) == name == digits.for_hotkey(name) for name in digits)
    mixed = ClassList(["noise", "2", "1", "x"])
    assert [mixed.hotkey(name) for name in mixed] == ["3", "2", "1", "4"]
    assert [mixed.for_hotkey(digit) for digit in "12345"] == ["1", "2", "noise", "x", None]


@given(st.lists(st.sampled_from([*"0123456789", *"abcdef", "10", "12"]), unique=True))
def test_no_two_classes_share_a_key(names: list[str]) -> None:
    classes = ClassList(names)
    keys = {name: key for name in classes if (key := classes.hotkey(name)) is not None}
    assert len(set(keys.values())) == len(keys) >= min(len(names), 1)
    assert all(classes.for_hotkey(key) == name for name, key in keys.items())
    assert all(classes.for_hotkey(digit) is None for digit in HOTKEYS
               if digit not in keys.values())


def test_new_classes_go_to_the_end_and_are_announced_once() -> None:
    classes = ClassList(["b", "a", "", "b"])
    heard: list[tuple[str, ...]] = []
    classes.changed.connect(lambda: heard.append(classes.names))
    assert classes.add_all(["c", "a", "d", "c", ""]) and not classes.add("a")
    assert classes.names == ("b", "a", "c", "d") and heard == [("b", "a", "c", "d")]
    assert [classes.index(name) for name in classes] == [0, 1, 2, 3]


def test_a_rename_keeps_place_and_colour() -> None:
    classes = ClassList(["b", "a", "c"], {"a": "#112233", "unknown": "#000000"})
    classes.rename("a", "z")
    assert classes.names == ("b", "z", "c") and classes.colors == {"z": "#112233"}
    assert classes.index("z") == 1 and "a" not in classes
    for old, new in (("q", "x"), ("z", ""), ("z", "b")):
        with pytest.raises(UsageError):
            classes.rename(old, new)
    assert classes.names == ("b", "z", "c")


def test_who_hears_of_a_merge_finds_the_list_without_the_class() -> None:
    classes = ClassList(["a", "b", "c"])
    heard: list[tuple[object, ...]] = []
    classes.merged.connect(lambda old, new: heard.append(
        (old, new, old in classes, classes.index(new), classes.color(old), classes[1])))
    classes.changed.connect(lambda: heard.append(("changed",)))
    classes.remove("a", "c")
    assert heard == [("a", "c", False, 1, None, "c"), ("changed",)]


def test_colours_are_overrides() -> None:
    classes = ClassList("ab")
    heard: list[str | None] = []
    classes.changed.connect(lambda: heard.append(classes.color("a")))
    classes.set_color("a", "#010203")
    classes.set_color("a", "#010203")
    classes.set_color("a", None)
    assert heard == ["#010203", None]
    with pytest.raises(UsageError, match="no class “q”"):
        classes.set_color("q", "#010203")


@given(names.filter(bool), st.data())
def test_remove_and_insert_are_each_others_undo(items: list[str], data: st.DataObject) -> None:
    classes = ClassList(items, dict.fromkeys(items, "#123456"))
    before = (classes.names, classes.colors)
    name = data.draw(st.sampled_from(classes.names))
    color = classes.color(name)
    position = classes.remove(name)
    assert name not in classes and len(classes) == len(before[0]) - 1
    assert [classes[i] for i in range(len(classes))] == [n for n in before[0] if n != name]
    classes.insert(position, name, color)
    assert (classes.names, classes.colors) == before
    assert all(classes[classes.index(n)] == n for n in classes)
    with pytest.raises(UsageError):
        classes.insert(0, name)


@given(names, names)
def test_what_is_there_is_never_reshuffled(first: list[str], later: list[str]) -> None:
    classes = ClassList(first)
    before = classes.names
    classes.add_all(later)
    assert classes.names[: len(before)] == before
    assert set(classes.names) == set(first) | set(later)
    assert len(HOTKEYS) == 10


def shown(classes: ClassList) -> dict[str, str]:
    """The colour of each class, as a window paints it."""
    return {name: classes.color(name) or CLASS_COLORS[place % len(CLASS_COLORS)]
            for place, name in enumerate(classes)}


def test_a_class_keeps_its_colour_when_others_go() -> None:
    classes = ClassList("abcd")
    assert classes.colors == {}
    before = shown(classes)
    classes.remove("b")
    assert shown(classes) == {name: before[name] for name in "acd"}
    again = ClassList(classes.names, classes.colors)
    assert shown(again) == shown(classes), "also after a new start"
    for project in (classes, again):
        project.add("new")
        assert len(set(shown(project).values())) == 4, "no two of the same colour"
    classes.remove("new")
    classes.insert(1, "b")
    assert shown(classes) == before and classes.colors == {}, "undone, it is as it was"


@given(st.integers(1, 40), st.lists(st.integers(0, 39), max_size=12))
def test_colours_stay_whatever_goes(count: int, gone: list[int]) -> None:
    classes = ClassList(f"class{number}" for number in range(count))
    before = shown(classes)
    for number in gone:
        if f"class{number}" in classes:
            classes.remove(f"class{number}")
    assert shown(classes).items() <= before.items()


def test_the_usual_colour_is_one_of_the_palette_again() -> None:
    classes = ClassList("ab", {"a": CLASS_COLORS[1]})
    assert classes.is_recolored("a") and not classes.is_recolored("b")
    classes.set_color("a", None)
    assert shown(classes) == {"a": CLASS_COLORS[0], "b": CLASS_COLORS[1]}
    classes.set_color("a", None)
    assert not classes.is_recolored("a")


def test_classes_that_are_not_listed_have_colours_that_are_free() -> None:
    classes = ClassList(["chirp", "hum", "trill"])
    classes.remove("hum", "chirp")
    beside = classes.colors_beside(["hum", "chirp", "buzz"])
    assert set(beside) == {"hum", "buzz"}
    assert not set(beside.values()) & set(shown(classes).values())
    assert beside["hum"] != beside["buzz"]
    classes.add("hum")
    assert shown(classes)["hum"] == beside["hum"], "as it is drawn before it is accepted"


def test_a_class_that_came_back_shares_its_colour_with_no_new_one() -> None:
    classes = ClassList(["chirp", "trill"], {"trill": CLASS_COLORS[2]})
    classes.insert(classes.remove("trill"), "trill", CLASS_COLORS[2])  # removed, and undone
    assert classes.colors_beside(["hum"])["hum"] not in shown(classes).values()
    classes.add("hum")
    assert len(set(shown(classes).values())) == 3


@pytest.mark.parametrize(("project", "expected"), [
    (["wasp", "bee", "fly"], ["wasp", "bee", "fly"]),  # ant was renamed
    (["fly", "bee", "ant"], ["ant", "bee", "fly"]),  # another order
    (["wasp", "fly", "bee"], ["ant", "bee", "fly"]),  # ant is gone, wasp new, by hand
    (["wasp", "fly"], ["wasp", "bee", "fly"]),  # bee was removed
])
def test_a_list_in_another_order_renames_no_class_of_a_run(
        project: list[str], expected: list[str]) -> None:
    assert [*classes_of_run(["ant", "bee", "fly"], project).names] == expected


def test_a_class_of_a_run_that_was_merged_since_is_told() -> None:
    merged = classes_of_run(["ant", "bee", "fly"], ["ant", "fly"], ["ant", "ant", "fly"])
    assert merged.gone == ("bee",) and not merged.renamed and not merged.unknown
    assert merged.words() == [
        "“bee” is not among this project's classes, so finding it counts as wrong. After merging "
        "or deleting classes, train again."]
    two = classes_of_run(["ant", "bee", "fly"], ["ant"])
    assert two.words()[0].startswith("“bee”, “fly” are not among this project's classes, so finding"
                                     " them counts as wrong.")
    still = classes_of_run(["ant", "bee"], ["ant"], ["bee"])
    assert not still.words()  # labels of others can know more than the list
