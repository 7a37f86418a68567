"""Finding, remembering and summarizing the images of a folder."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.project.helpers import Owner, add_image, labelled
from workbench.core.folders import user_cache_folder
from workbench.formats.sample_maps import OBJECTS, map_path
from workbench.project.cache import cache_folder
from workbench.project.layout import find_layout
from workbench.project.library.image_rows import ImageSummary
from workbench.project.library.index import MediaIndex
from workbench.project.library.scan import natural_key, sort_in_steps, sort_naturally
from workbench.project.session import Session

Open = Callable[[Path], Session]


@pytest.fixture
def open_index(owner: Owner) -> Iterator[Callable[[Path], MediaIndex]]:
    opened: list[MediaIndex] = []

    def open_folder(folder: Path) -> MediaIndex:
        index = MediaIndex(folder, find_layout(folder), owner.post)
        index.start()
        opened.append(index)
        return index

    yield open_folder
    for index in opened:
        index.close()


OpenIndex = Callable[[Path], MediaIndex]


def ready(owner: Owner, index: MediaIndex) -> None:
    owner.until(lambda: not index.scanning and not index.summarizing)


def test_a_held_folder_is_looked_through_when_that_is_said(owner: Owner, tmp_path: Path) -> None:
    add_image(tmp_path, "a.png")
    index = MediaIndex(tmp_path, find_layout(tmp_path), owner.post)
    index.start(hold=True)
    try:
        assert list(index) == ["a.png"]
        owner.drain()
        assert index.scanning
        index.go_on()
        ready(owner, index)
    finally:
        index.close()


def test_a_held_folder_without_an_image_is_looked_through_at_once(
        owner: Owner, tmp_path: Path) -> None:
    index = MediaIndex(tmp_path, find_layout(tmp_path), owner.post)
    index.start(hold=True)
    try:
        ready(owner, index)
    finally:
        index.close()


def touch_many(folder: Path, count: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (folder / f"img{number}.jpg").touch()


# Order


def test_numbers_are_read_as_numbers() -> None:
    assert sort_naturally(["img10.jpg", "img2.jpg", "IMG1.jpg", "b/1.jpg", "img02.jpg"]) == [
        "b/1.jpg", "IMG1.jpg", "img02.jpg", "img2.jpg", "img10.jpg"]


@given(st.lists(st.text("aB0129/._-é", min_size=1, max_size=8), unique=True, max_size=60))
def test_the_polite_sort_is_the_same_sort(names: list[str]) -> None:
    assert sort_in_steps(names, lambda: None) == sort_naturally(names)


def test_the_polite_sort_breathes_often() -> None:
    names = [f"clip{number * 7919 % 5003}_{number}.jpg" for number in range(5000)]
    breaths: list[int] = []
    result = sort_in_steps(names, lambda: breaths.append(1))
    assert result == sort_naturally(names)
    assert len(breaths) > 10


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_natural_order_is_the_order_of_the_numbers(one: int, other: int) -> None:
    assert (natural_key(f"a{one}b") < natural_key(f"a{other}b")) == (one < other)


# Finding


def test_a_small_folder_is_there_at_once(tmp_path: Path, open_index: OpenIndex) -> None:
    for name in ("img10.png", "img2.png", "sub/img1.png", ".hidden.png", "notes.txt"):
        add_image(tmp_path, name)
    index = open_index(tmp_path)
    assert list(index.keys()) == ["img2.png", "img10.png", "sub/img1.png"]
    assert index.key(1) == "img10.png" and index.row("img10.png") == 1
    assert index.row("nothing.png") is None and "img2.png" in index and len(index) == 3
    assert index.path("sub/img1.png") == tmp_path / "sub" / "img1.png"


def test_a_big_folder_is_usable_while_it_is_found(
    tmp_path: Path, owner: Owner, open_index: OpenIndex
) -> None:
    touch_many(tmp_path, 5000)
    index = open_index(tmp_path)
    assert 0 < len(index) < 5000 and index.scanning
    first = index.key(0)
    assert index.row(first) == 0 and index.summary(first) is None
    appended: list[tuple[int, int]] = []
    resets: list[int] = []
    before = len(index)
    index.appended.connect(lambda start, end: appended.append((start, end)))
    index.reset.connect(lambda: resets.append(len(index)))
    ready(owner, index)
    assert list(index.keys()) == [f"img{number}.jpg" for number in range(5000)]
    assert resets == [5000]
    expected = before
    for start, end in appended:
        assert start == expected and end >= start
        expected = end + 1
    summary = index.summary(first)
    assert summary is not None and not summary.labelled and index.row("img4999.jpg") == 4999


def test_a_remembered_folder_has_its_rows_at_once(
    tmp_path: Path, owner: Owner, open_index: OpenIndex
) -> None:
    touch_many(tmp_path, 5000)
    first = open_index(tmp_path)
    ready(owner, first)
    first.close()
    again = open_index(tmp_path)
    assert list(again.keys()) == list(first.keys()) and again.scanning
    assert again.row("img4321.jpg") == 4321 and again.row("img5000.jpg") is None
    resets: list[int] = []
    again.reset.connect(lambda: resets.append(1))
    ready(owner, again)
    assert not resets, "nothing changed"


def test_differences_are_found_after_a_remembered_opening(
    tmp_path: Path, owner: Owner, open_index: OpenIndex
) -> None:
    for number in (1, 2, 3):
        labelled(tmp_path, f"img{number}.png", ["cat"])
    first = open_index(tmp_path)
    ready(owner, first)
    first.close()
    (tmp_path / "img2.png").unlink()
    labelled(tmp_path, "img10.png", ["dog"])
    (tmp_path / "img1.xml").unlink()
    again = open_index(tmp_path)
    assert list(again.keys()) == ["img1.png", "img2.png", "img3.png"]
    ready(owner, again)
    assert list(again.keys()) == ["img1.png", "img3.png", "img10.png"]
    assert again.class_counts() == {"cat": 1, "dog": 1}
    (tmp_path / "img3.png").unlink()
    again.refresh()
    owner.until(lambda: list(again.keys()) == ["img1.png", "img10.png"])
    assert again.class_counts() == {"dog": 1}


@pytest.mark.parametrize(("images", "annotations"), [
    ("", None), ("images", "annotations"), ("JPEGImages", "Annotations"), ("a/b", None)])
def test_layouts_are_recognised(
    tmp_path: Path, owner: Owner, open_session: Open, images: str, annotations: str | None
) -> None:
    key = f"{images}/a.png".lstrip("/")
    path = labelled(tmp_path, key, ["cat"], annotations=annotations)
    if annotations:
        add_image(tmp_path, "SegmentationClass/a.png")
    session = open_session(tmp_path)
    owner.ready(session)
    assert list(session.index) == [key]
    assert session.index.annotation_path(key) == path
    assert session.index.class_counts() == {"cat": 1}


def test_new_annotations_go_where_the_layout_says(tmp_path: Path) -> None:
    add_image(tmp_path / "ours", "images/a.png")
    add_image(tmp_path / "voc", "JPEGImages/a.png")
    labelled(tmp_path / "beside", "images/a.png", [])
    (tmp_path / "yolo" / "labels").mkdir(parents=True)
    add_image(tmp_path / "yolo", "images/a.png")
    found = {name: find_layout(tmp_path / name).annotations
             for name in ("ours", "voc", "beside", "yolo")}
    assert found == {"ours": "annotations", "voc": "Annotations", "beside": "",
                     "yolo": "annotations"}


def test_pictures_of_runs_are_no_data(tmp_path: Path, open_index: OpenIndex) -> None:
    add_image(tmp_path, "a.png")
    run = tmp_path / "runs" / "2026-01-01-x"
    add_image(run, "plot.png")
    for name in ("state.json", "config.json"):
        (run / name).write_text("{}")
    add_image(tmp_path, "runs/deer.png")
    assert list(open_index(tmp_path).keys()) == ["a.png", "runs/deer.png"]


def test_links_that_lead_round_in_a_circle_end(tmp_path: Path, open_index: OpenIndex) -> None:
    add_image(tmp_path, "sub/a.png")
    (tmp_path / "sub" / "again").symlink_to(tmp_path, target_is_directory=True)
    assert list(open_index(tmp_path).keys()) == ["sub/a.png"]


def test_names_that_are_not_utf8_survive(
    tmp_path: Path, owner: Owner, open_index: OpenIndex
) -> None:
    strange = os.fsdecode(b"caf\xe9.png")
    add_image(tmp_path, "ünï.png")
    add_image(tmp_path, strange)
    first = open_index(tmp_path)
    ready(owner, first)
    first.close()
    again = open_index(tmp_path)
    assert sorted(again.keys()) == sorted([strange, "ünï.png"])
    assert all(again.path(key).is_file() for key in again)


def test_a_folder_that_cannot_be_listed_is_told_and_stops_nothing(
    tmp_path: Path, owner: Owner, open_session: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    labelled(tmp_path, "a.png", ["cat"])
    add_image(tmp_path, "locked/b.png")
    labelled(tmp_path, "open/c.png", ["dog"])
    real = os.scandir

    def scandir(path: str | Path) -> object:
        if str(path).endswith("locked"):  # as root, permissions alone do not lock anybody out
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    session = open_session(tmp_path)
    owner.ready(session)
    assert list(session.index) == ["a.png", "open/c.png"]
    (problem,) = session.problems
    assert problem.kind == "unreadable-folder" and problem.path.endswith("locked")
    assert "permission" in problem.reason
    monkeypatch.undo()
    session.index.refresh()
    owner.until(lambda: not session.problems and len(session.index) == 3)


# Memory


def test_nothing_is_parsed_twice(
    tmp_path: Path, owner: Owner, open_session: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    import workbench.formats.voc as voc

    for number in range(20):
        labelled(tmp_path, f"{number}.png", ["cat"] * number)
    (tmp_path / "workbench.toml").write_text("")
    parsed: list[int] = []
    real = voc.summarize_voc
    monkeypatch.setattr(voc, "summarize_voc", lambda data: (parsed.append(1), real(data))[1])
    for expected in (20, 20):
        session = open_session(tmp_path)
        owner.ready(session)
        assert len(parsed) == expected and session.index.class_counts() == {"cat": 190}
        assert session.index.labelled_count() == 20
        session.close()
    (tmp_path / "3.xml").write_bytes((tmp_path / "4.xml").read_bytes())
    session = open_session(tmp_path)
    owner.ready(session)
    assert len(parsed) == 21 and session.index.class_counts() == {"cat": 191}


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100, b"SQLite format 3\0"])
def test_a_damaged_memory_is_made_anew(
    tmp_path: Path, owner: Owner, open_session: Open, content: bytes
) -> None:
    labelled(tmp_path, "a.png", ["cat"])
    state = tmp_path / ".workbench"
    state.mkdir()
    (state / "index.sqlite").write_bytes(content)
    (state / "names").write_bytes(content)
    for _ in range(2):
        session = open_session(tmp_path)
        owner.ready(session)
        assert list(session.index) == ["a.png"] and session.index.class_counts() == {"cat": 1}
        session.close()
    connection = sqlite3.connect(state / "index.sqlite")
    assert connection.execute("select path from summary").fetchall() == [("a.xml",)]
    connection.close()


def test_a_memory_that_is_damaged_further_inside_is_made_anew(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    for number in range(300):
        labelled(tmp_path, f"{number}.png", ["cat"])
    (tmp_path / ".workbench").mkdir()
    session = open_session(tmp_path)
    owner.ready(session)
    session.close()
    path = tmp_path / ".workbench" / "index.sqlite"
    data = bytearray(path.read_bytes())
    data[8192:] = b"\xff" * (len(data) - 8192)
    path.write_bytes(data)
    for name in ("7.png", "7.xml"):
        (tmp_path / name).unlink()
    session = open_session(tmp_path)
    owner.ready(session)
    assert session.index.class_counts() == {"cat": 299}
    session.close()
    connection = sqlite3.connect(path)
    assert connection.execute("select count(*) from summary").fetchall() == [(299,)]
    connection.close()


def test_what_is_gone_is_forgotten(tmp_path: Path, owner: Owner, open_session: Open) -> None:
    for name in "ab":
        labelled(tmp_path, f"{name}.png", ["cat"])
    (tmp_path / "workbench.toml").write_text("")
    for expected in ([("a.xml",), ("b.xml",)], [("b.xml",)]):
        session = open_session(tmp_path)
        owner.ready(session)
        session.close()
        connection = sqlite3.connect(tmp_path / ".workbench" / "index.sqlite")
        assert connection.execute("select path from summary").fetchall() == expected
        connection.close()
        (tmp_path / "a.xml").unlink(missing_ok=True)


def test_the_memory_of_a_mere_folder_lies_elsewhere_and_moves_in(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    elsewhere = cache_folder(folder)
    assert elsewhere.is_relative_to(user_cache_folder()) and not list(folder.iterdir())
    (elsewhere / "names").write_bytes(b"x")
    (elsewhere / "counting.json").write_bytes(b"{}")
    map_path(elsewhere, OBJECTS).parent.mkdir()
    map_path(elsewhere, OBJECTS).write_bytes(b"long in the making")
    (folder / "workbench.toml").write_text("")
    assert cache_folder(folder) == folder / ".workbench"
    assert (folder / ".workbench" / "names").read_bytes() == b"x" and not elsewhere.exists()
    assert map_path(folder / ".workbench", OBJECTS).read_bytes() == b"long in the making"
    assert (folder / ".workbench" / "counting.json").read_bytes() == b"{}", "a person drew that"


def test_a_folder_that_cannot_be_written_keeps_its_memory_elsewhere(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    labelled(tmp_path, "a.png", ["cat"])
    (tmp_path / "workbench.toml").write_text("")
    (tmp_path / ".workbench").write_text("in the way")  # what a read-only disk amounts to
    session = open_session(tmp_path)
    owner.ready(session)
    session.close()
    assert cache_folder(tmp_path).is_relative_to(user_cache_folder())
    assert (cache_folder(tmp_path) / "names").exists()


def test_images_in_view_are_summarized_first(
    tmp_path: Path, owner: Owner, open_index: OpenIndex
) -> None:
    path = labelled(tmp_path, "0.png", ["cat"])
    for number in range(1, 800):
        (tmp_path / f"{number}.png").touch()
        (tmp_path / f"{number}.xml").write_bytes(path.read_bytes())
    index = open_index(tmp_path)
    index.prioritize(["799.png"])
    owner.until(lambda: index.summary("799.png") is not None)
    assert index.summary("798.png") is None
    ready(owner, index)
    assert index.labelled_count() == 800


def test_what_was_read_before_the_last_edit_does_not_come_back(
    tmp_path: Path, owner: Owner, open_index: OpenIndex
) -> None:
    labelled(tmp_path, "a.png", ["cat"])
    index = open_index(tmp_path)
    ready(owner, index)
    with_cat, without = index.summary("a.png"), ImageSummary(labelled=True)
    assert with_cat is not None
    index.set_summary("a.png", with_cat)
    first = index.saved("a.png")
    index.set_summary("a.png", without)
    second = index.saved("a.png")
    assert first != second
    index.set_saved([("a.png", with_cat.pack())], {"a.png": first})  # read between the two edits
    assert not index.class_counts()
    index.set_saved([("a.png", with_cat.pack())], {"a.png": second})  # another program's work
    assert index.class_counts() == {"cat": 1}


def test_what_killed_writes_left_is_removed_at_the_next_opening(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    labelled(tmp_path, "images/a.png", ["cat"], annotations="annotations")
    (tmp_path / "runs" / "one").mkdir(parents=True)
    (tmp_path / ".workbench").mkdir()
    places = [tmp_path / name for name in ("", "images", "annotations", "runs/one", ".workbench")]
    for place in places:
        for name in (".workbench-1.part", ".workbench-2.part", "mine.part"):
            (place / name).touch()
        os.utime(place / ".workbench-1.part", (0, 0))
        os.utime(place / "mine.part", (0, 0))
    session = open_session(tmp_path)
    owner.until(lambda: not any((place / ".workbench-1.part").exists() for place in places))
    assert all((place / ".workbench-2.part").exists() for place in places), "it may be under way"
    assert all((place / "mine.part").exists() for place in places)
    owner.ready(session)
