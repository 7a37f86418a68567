"""Which folders are the classes, where folders lie in folders: stations above, parts, dates."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.project.class_levels import ClassLevels
from workbench.tasks.image_classification.labels import folder_classes

SPECIES = ("fox", "badger", "roe deer", "hare")
PLACES = ("moor", "old mill", "north wood", "fen", "alder")


def keys(*folders: str, each: int = 3) -> list[str]:
    return [f"{folder}/IMG_{number:04d}.JPG" for folder in folders for number in range(each)]


def crossed(above: tuple[str, ...], below: tuple[str, ...], each: int = 3) -> list[str]:
    return keys(*(f"{one}/{two}" for one in above for two in below), each=each)


CASES: dict[str, tuple[list[str], set[str]]] = {
    "plain": (keys("fox", "badger"), {"fox", "badger"}),
    "in one folder": (keys("animals/fox", "animals/badger"), {"fox", "badger"}),
    "parts above": (crossed(("train", "val"), SPECIES), set(SPECIES)),
    "parts below": (crossed(SPECIES, ("train", "val")), set(SPECIES)),
    "stations": (crossed(("cam03", "cam07", "cam12"), SPECIES), set(SPECIES)),
    "numbered places": (crossed(("SMA01", "SMA02"), SPECIES), set(SPECIES)),
    "places of any name": (crossed(PLACES, SPECIES), set(SPECIES)),
    "batches": (keys("batch1/fox", "session_2/fox", "session_2/badger"), {"fox", "badger"}),
    "each at one": (keys("cam03/fox", "cam07/badger"), {"fox", "badger"}),
    "one station": (keys("cam03/fox", "cam03/badger"), {"fox", "badger"}),
    "months": (keys("2026-05/cam03/fox", "2026-06/cam03/badger", "2026-06/cam07/fox"),
               {"fox", "badger"}),
    "dates below": (keys("cam03/fox/2026-05-01", "cam07/badger/2026-05-02"), {"fox", "badger"}),
    "folders of cameras": (keys("cam03/fox/100RECNX", "cam03/badger/101RECNX",
                                "cam07/fox/DCIM/100EK113", "cam07/badger/DCIM/100EK113"),
                           {"fox", "badger"}),
    "beside folders of cameras": (keys("fox/100RECNX", "fox/101RECNX", "badger/100RECNX"),
                                  {"fox", "badger"}),
    "sites and stations": (keys("site1/cam03/fox", "site1/cam04/badger", "site2/cam09/fox"),
                           {"fox", "badger"}),
    "nested": (keys("animals/cat", "animals/dog", "plants/oak"), {"animals", "plants"}),
    "classes above stations": (crossed(SPECIES, ("cam03", "cam07")), set(SPECIES)),
    "below parts, with places": ([f"train/{key}" for key in crossed(SPECIES, PLACES)],
                                 set(SPECIES)),
    "a few are sorted further": (keys("fox", "badger", each=40)
                                 + crossed(("fox", "badger"), ("young", "old"), each=1),
                                 {"fox", "badger"}),
    "some are not sorted yet": (keys("cam03", "cam07", each=50)
                                + crossed(("cam03", "cam07"), SPECIES), set(SPECIES)),
    "domains": ([f"{one}/images/{two}/{number}.jpg" for one in ("amazon", "dslr")
                 for two in SPECIES for number in range(3)], set(SPECIES)),
    "night": (crossed(SPECIES, ("night", "color")), set(SPECIES)),
    "digits by writers": (crossed(("writer01", "writer02"), tuple("0123")), set("0123")),
    "digits above writers": (crossed(tuple("0123"), ("writer01", "writer02")), set("0123")),
    "only stations": (keys("cam03", "cam07"), set()),
    "only batches": (keys("batch1", "batch2"), set()),
    "images and masks": (crossed(("images", "masks"), ("a", "b")), set()),
    "one folder": (keys("fox"), set()), "none": (["a.jpg", "b.jpg"], set()),
}


@pytest.mark.parametrize("case", CASES)
def test_the_folders_that_are_classes(case: str) -> None:
    found, classes = CASES[case]
    assert set(folder_classes(found).values()) == classes


def test_where_both_could_be_meant_that_is_said_and_a_choice_ends_it() -> None:
    places = crossed(PLACES, SPECIES)
    taken, other = ClassLevels(places).doubted or (None, None)
    assert taken is not None and other is not None
    assert (taken.number, other.number) == (2, 1)
    assert taken.example == "moor/fox/IMG_0000.JPG"
    assert ClassLevels(places, 1).name("fen/fox/x.jpg") == "fen"
    assert ClassLevels(places, 0).name("fen/fox/x.jpg") == ""
    assert ClassLevels(places, 2).doubted is None
    assert ClassLevels(crossed(("cam03", "cam07"), SPECIES)).doubted is None
    assert ClassLevels(keys("fox", "badger")).doubted is None


def test_classes_that_a_project_has_stay_what_they_are() -> None:
    found = ClassLevels(crossed(("cats", "dogs"), ("inside", "outside")), known=("cats", "dogs"))
    assert found.level == 1 and found.doubted is not None, "but it can be another"


names = st.text("abcdefgh", min_size=2, max_size=6)


@settings(max_examples=60, deadline=None)
@given(species=st.sets(names, min_size=2, max_size=5), stations=st.integers(2, 6), data=st.data())
def test_stations_above_classes_are_found_however_they_are_filled(
        species: set[str], stations: int, data: st.DataObject) -> None:
    """Numbered stations, each with some of the classes, perhaps in months and in folders of
    cameras: labels are what they are without stations."""
    months = data.draw(st.booleans())
    found: dict[str, str] = {}
    for number in range(stations):
        for name in data.draw(st.sets(st.sampled_from(sorted(species)), min_size=1)):
            above = f"2026-0{1 + number % 9}/" if months else ""
            below = data.draw(st.sampled_from(("", "100RECNX/", "DCIM/100EK113/")))
            found[f"{above}cam{number:02d}/{name}/{below}IMG_{len(found)}.JPG"] = name
    expected = found if len({*found.values()}) > 1 else {}
    read = folder_classes(list(found))
    assert read == expected
    levels = ClassLevels(found)
    for key, name in read.items():
        place = levels.place(key)
        assert place is not None and key.split("/")[place] == name


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(names, st.integers(1, 4), min_size=2, max_size=6),
       st.sampled_from(("", "pets/", "images/", "train/")))
def test_one_folder_for_each_class_is_always_read_so(sizes: dict[str, int], above: str) -> None:
    found = {f"{above}{name}/{number}.jpg": name for name, size in sizes.items()
             for number in range(size)}
    assert folder_classes(list(found)) == found


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(st.sampled_from((*SPECIES, *PLACES, "cam1", "train", "2026-05", "DCIM",
                                          "images", "100EK113")), max_size=4), max_size=12),
       st.none() | st.integers(0, 5))
def test_any_folders_can_be_read(folders: list[list[str]], said: int | None) -> None:
    found = ["/".join([*parts, f"{number}.jpg"]) for number, parts in enumerate(folders)]
    levels = ClassLevels(found, said)
    for key in found:
        place, name = levels.place(key), levels.name(key)
        assert (key.split("/")[place] == name) if place is not None else not name
        assert 0 <= levels.place_for_class(key) <= key.count("/")
    assert said is None or (levels.level == said and levels.doubted is None)
