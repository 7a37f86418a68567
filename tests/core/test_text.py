"""Numbers and names in sentences, and sentences in other languages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from workbench.core.text import capital, count, listed, several, tr, use_language


class Shouting:
    """A language that is English in capitals, with a plural for two of its own."""

    def gettext(self, message: str, /) -> str:
        return {"Saved {name}.": "{name} IS SAVED."}.get(message, message.upper())

    def ngettext(self, one: str, many: str, number: int, /) -> str:
        return "pair of " + many if number == 2 else (one if number == 1 else many).upper()


@pytest.fixture
def shouting() -> Iterator[None]:
    use_language(Shouting())
    yield
    use_language(None)


@pytest.mark.parametrize(("number", "what", "words"), [
    (1, ["image"], "1 image"), (0, ["image"], "0 images"), (1234, ["image"], "1,234 images"),
    (3, ["box"], "3 boxes"), (2, ["class"], "2 classes"), (2, ["copy"], "2 copies"),
    (2, ["day"], "2 days"), (2, ["epoch"], "2 epochs"), (2, ["pass"], "2 passes"),
    (1, ["file was", "files were"], "1 file was"),
    (4, ["file was", "files were"], "4 files were")])
def test_counts_are_english(number: int, what: list[str], words: str) -> None:
    assert count(number, *what) == words


def test_what_several_are_called_is_english_or_of_the_language(shouting: None) -> None:
    assert several("image") == "pair of images"
    use_language(None)
    assert [several(noun) for noun in ("image", "copy", "box", "set of key points")] == [
        "images", "copies", "boxes", "sets of key points"]


def test_long_lists_are_cut() -> None:
    assert listed([]) == ""
    assert listed(["a", "b", "c"]) == "a, b, c"
    assert listed(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"


def test_values_are_put_in() -> None:
    assert tr("Saved {name}.", name="a{0}.png") == "Saved a{0}.png."
    assert tr("{done:,} of {total:,}", done=1200, total=3400) == "1,200 of 3,400"
    assert tr("a {brace} without values") == "a {brace} without values"


@pytest.mark.usefixtures("shouting")
def test_another_language_may_have_another_order_and_other_plurals() -> None:
    assert tr("Save") == "SAVE" and tr("") == ""
    assert tr("Saved {name}.", name="a.png") == "a.png IS SAVED."
    assert (count(1, "image"), count(2, "image"), count(3, "image")) == (
        "1 IMAGE", "2 pair of images", "3 IMAGES")


def test_the_name_of_a_file_keeps_its_letters() -> None:
    assert capital("no picture") == "No picture" and capital("") == ""
    for text in ("dog/same.png is there twice", "labels.csv: 3.png is there twice", "cat/a: b"):
        assert capital(text) == text
