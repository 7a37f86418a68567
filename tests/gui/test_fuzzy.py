"""A few letters find what was meant, also among 100,000 names."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from workbench.gui.shell.fuzzy import NameSearch, score


def best(query: str, texts: Sequence[str]) -> str:
    return max(texts, key=lambda text: score(query, text) or -1.0)


def rows(names: Sequence[str], query: str, limit: int = 40) -> list[int]:
    return [row for row in NameSearch(names).find(query, limit) if row is not None]


ACTIONS = ["Open a folder…", "Open the sample project", "Copy boxes", "Draw a box", "Delete boxes",
           "Go to Results", "Verify the image", "Zoom to fit", "Undo", "Redo"]


def test_the_beginning_of_a_word_goes_first() -> None:
    assert best("op", ACTIONS) == "Open a folder…"
    assert best("box", ACTIONS) == "Draw a box"
    assert best("del", ACTIONS) == "Delete boxes"
    assert best("undo", ACTIONS) == "Undo"


def test_words_may_come_in_any_order() -> None:
    assert best("box dra", ACTIONS) == "Draw a box"
    assert score("box fly", "Draw a box") is None


def test_first_letters_of_words_find() -> None:
    assert best("gtr", ACTIONS) == "Go to Results"
    assert best("zf", ACTIONS) == "Zoom to fit"


def test_letters_far_apart_do_not_find() -> None:
    assert score("oe", "Open the sample project") is None or (
        score("oe", "Open the sample project") or 0) < 5
    assert score("xyz", "Draw a box") is None


@given(st.text(max_size=12), st.text(max_size=30))
def test_every_text_can_be_scored(query: str, text: str) -> None:
    found = score(query, text)
    assert found is None or found == found


@given(st.lists(st.text(st.characters(blacklist_characters="\n\r", blacklist_categories=["Cs"]),
                        min_size=1, max_size=12), min_size=1, max_size=20), st.data())
def test_a_name_is_found_by_a_part_of_itself(names: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(names) - 1))
    name = names[at]
    start = data.draw(st.integers(0, len(name) - 1))
    end = data.draw(st.integers(start + 1, len(name)))
    part = name[start:end]
    words = part.lower().split()
    if not words or any(len(item.lower()) != len(item) for item in names):
        return
    found = rows(names, part, limit=100)
    assert at in found
    assert len(found) == len(set(found))


def test_names_that_hold_the_words_go_before_scattered_letters() -> None:
    names = ["c-a-t.jpg", "images/cat 1.jpg", "dog.jpg", "cats/dog.jpg", "CAT.png"]
    assert rows(names, "cat") == [1, 3, 4, 0]
    assert rows(names, "jpg cat") == [1, 3]


def test_two_letters_are_not_searched_apart() -> None:
    assert rows(["a-b.jpg", "ab.jpg"], "ab") == [1]


def test_the_limit_holds_and_growing_names_are_seen() -> None:
    names = [f"photo_{number}.jpg" for number in range(100)]
    search = NameSearch(names)
    assert len([row for row in search.find("photo", 7) if row is not None]) == 7
    names.append("new one.jpg")
    assert [row for row in search.find("new one", 7) if row is not None] == [100]


def test_a_hundred_thousand_names_are_searched_in_short_slices() -> None:
    names = [f"deployment-{number % 300:03}/IMG_{number:06}.jpg" for number in range(100_000)]
    search = NameSearch(names)
    list(search.find("img_000000", 1))  # the joined text is made once
    for query, row in (("img_099999", 99_999), ("299 img_0995", 99_599), ("g099999", 99_999)):
        steps = list(search.find(query, 40))
        assert row in steps, query
        assert steps.count(None) > 3, "the window gets its turn in between"
