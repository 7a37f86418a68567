"""Labels that are tags or numbers: read, given, saved in place, and turned into another kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.project.helpers import Owner, add_image
from tests.project.test_label_store import opened, saved, table
from workbench.core.errors import UsageError
from workbench.project.manifest import Manifest
from workbench.project.session import Session
from workbench.tasks.image_classification.labels import read_labels, write_labels

Open = Callable[[Path], Session]


def folder_with(folder: Path, rows: str, toml: str = "", images: int = 4) -> Path:
    for number in range(images):
        add_image(folder, f"{number}.png", number)
    if rows:
        (folder / "labels.csv").write_text(rows, encoding="utf-8", newline="")
    if toml:
        (folder / "workbench.toml").write_text(toml, encoding="utf-8")
    return folder


def kind(name: str) -> str:
    return f'# mine\n[image-classification]\nkind = "{name}"\n'


def test_tags_are_read_from_a_setting_or_the_name_of_the_column(tmp_path: Path) -> None:
    rows = "file,{}\n0.png,cat; dog\n1.png,dog|cat|dog\n2.png,cat\n2.png,night\n3.png,\n"
    for folder, toml, column in (("a", kind("tags"), "label"), ("b", "", "tags")):
        found = read_labels(folder_with(tmp_path / folder, rows.format(column), toml))
        assert found.kind == "tags"
        assert found.tags() == {"0.png": ("cat", "dog"), "1.png": ("dog", "cat"),
                                "2.png": ("cat", "night")}
        assert found.classes == ["cat", "dog", "night"]
        assert found.problems == []


def test_numbers_are_read_and_what_is_none_is_told(tmp_path: Path) -> None:
    rows = 'file,number,by\n0.png,3,me\n1.png,"2,5",me\n2.png,many,you\n3.png,nan,me\n'
    found = read_labels(folder_with(tmp_path / "a", rows))
    assert found.kind == "number"
    assert found.numbers() == {"0.png": 3.0, "1.png": 2.5}
    assert found.classes == []
    assert [problem.reason for problem in found.problems] == [
        "labels.csv: “many” of 2.png (and 1 more) is no number, so it is left out."]
    assert read_labels(tmp_path / "a", kind="class").labels["2.png"] == "many"


def test_a_comma_that_may_separate_thousands_is_told(tmp_path: Path) -> None:
    rows = 'file,number\n0.png,"1,000"\n1.png,7\n2.png,"2,500"\n'
    found = read_labels(folder_with(tmp_path / "a", rows))
    assert [problem.reason for problem in found.problems] == [
        "labels.csv: “1,000” is read as 1, since a comma stands before decimals; thousands are "
        "written without one."]
    table_path = tmp_path / "a/labels.csv"
    table_path.write_text(rows.replace("7", '"7,5"'), "utf-8")
    assert read_labels(tmp_path / "a").problems == []  # plainly decimals


def test_a_new_table_is_headed_by_its_kind(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "a", "", kind("number"))
    write_labels(folder, {"1.png": "4.5"})
    assert table(folder) == ["file,number", "1.png,4.5"]


def test_tags_are_given_and_taken_off_and_other_columns_stay(
        tmp_path: Path, open_session: Open, owner: Owner) -> None:
    folder = folder_with(tmp_path / "a", "file,tags,by\n0.png,cat,me\n1.png,cat;dog,you\n")
    session, store = opened(folder, open_session, owner)
    assert store.counts() == {"cat": 2, "dog": 1}
    assert store.toggle_tag(["0.png", "1.png", "2.png"], "dog") == 2
    saved(session, owner)
    assert table(folder) == ["file,tags,by", "0.png,cat;dog,me", "1.png,cat;dog,you", "2.png,dog,"]
    assert store.toggle_tag(["0.png", "1.png"], "dog") == 2  # all have it
    assert store.tags("1.png") == ("cat",)
    assert store.toggle_tag(["3.png"], "new; one") == 1
    assert store.tags("3.png") == ("new one",)
    session.undo.undo()
    assert session.classes.names == ("cat", "dog")
    session.undo.undo()
    session.undo.undo()
    saved(session, owner)
    assert table(folder) == ["file,tags,by", "0.png,cat,me", "1.png,cat;dog,you"]


def test_tags_are_renamed_merged_and_removed(
        tmp_path: Path, open_session: Open, owner: Owner) -> None:
    folder = folder_with(tmp_path / "a", "file,tags\n0.png,cat;dog\n1.png,dog\n")
    session, store = opened(folder, open_session, owner)
    store.rename_class("dog", "wolf")
    assert store.tags("0.png") == ("cat", "wolf")
    store.rename_class("wolf", "cat")
    assert store.tags("0.png") == ("cat",)
    assert store.counts() == {"cat": 2}
    session.undo.undo()
    store.remove_class("cat")
    assert (store.tags("0.png"), store.tags("1.png")) == (("wolf",), ("wolf",))


@pytest.mark.parametrize("name", ["x;y", ";", "b|c", "wolf;"])
def test_no_tag_is_called_like_several(
        tmp_path: Path, open_session: Open, owner: Owner, name: str) -> None:
    folder = folder_with(tmp_path / "a", "file,tags\n0.png,cat;dog\n1.png,dog\n")
    session, store = opened(folder, open_session, owner)
    with pytest.raises(UsageError, match=r"cannot hold ; or \|, which separate tags"):
        store.rename_class("dog", name)
    assert store.counts() == {"cat": 1, "dog": 2} and session.classes.names == ("cat", "dog")
    assert not session.undo.undo_text


def test_a_class_called_like_several_tags_is_not_listed_beside_them(
        tmp_path: Path, open_session: Open, owner: Owner) -> None:
    folder = folder_with(tmp_path / "a", "file,label\n0.png,a\n1.png,b;a\n2.png,c\n")
    session, store = opened(folder, open_session, owner)
    before = session.classes.names
    colors = [session.classes.shown_color(name) for name in before]
    for step in (lambda: store.set_kind("tags"), session.undo.redo):
        step()
        assert store.tags("1.png") == ("b", "a") and session.classes.names == ("a", "c", "b")
        session.undo.undo()
        assert session.classes.names == before and store.label("1.png") == "b;a"
        assert [session.classes.shown_color(name) for name in before] == colors


def test_a_number_must_be_one(tmp_path: Path, open_session: Open, owner: Owner) -> None:
    folder = folder_with(tmp_path / "a", "", kind("number"))
    session, store = opened(folder, open_session, owner)
    assert store.set_label(["0.png", "1.png"], "12.5") == 2
    with pytest.raises(UsageError, match="“twelve” is no number"):
        store.set_label(["2.png"], "twelve")
    with pytest.raises(UsageError, match="“1e39” is too large a number"):
        store.set_label(["2.png"], "1e39")
    saved(session, owner)
    assert table(folder) == ["file,number", "0.png,12.5", "1.png,12.5"]
    assert store.counts() == {}
    assert session.classes.names == ()


def test_another_kind_says_what_is_lost_and_is_undone_in_one_step(
        tmp_path: Path, open_session: Open, owner: Owner) -> None:
    before = "file,tags\n0.png,cat;dog\n1.png,dog\n2.png,7\n"
    folder = folder_with(tmp_path / "a", before, "# mine\n")
    session, store = opened(folder, open_session, owner)
    assert (store.lost_by("class"), store.lost_by("number"), store.lost_by("tags")) == (1, 2, 0)
    store.set_kind("class")
    assert (store.kind, store.label("0.png"), store.counts()) == (
        "class", "cat", {"cat": 1, "dog": 1, "7": 1})
    saved(session, owner)
    assert table(folder)[1:] == ["0.png,cat", "1.png,dog", "2.png,7"]
    assert Manifest.load(folder).settings["image-classification"] == {"kind": "class"}
    assert "# mine" in (folder / "workbench.toml").read_text(encoding="utf-8")
    session.undo.undo()
    assert (store.kind, store.tags("0.png")) == ("tags", ("cat", "dog"))
    saved(session, owner)
    assert (folder / "labels.csv").read_text(encoding="utf-8") == before
    session.undo.redo()
    store.set_kind("number")
    saved(session, owner)
    assert read_labels(folder).numbers() == {"2.png": 7.0}
    assert store.labels() == {"2.png": "7"}


def test_folders_of_classes_outlast_a_try_with_numbers(
        tmp_path: Path, open_session: Open, owner: Owner) -> None:
    folder = tmp_path / "a"
    for name in ("ant/0.png", "ant/1.png", "bee/0.png", "bee/1.png"):
        add_image(folder, name, 1)
    session, store = opened(folder, open_session, owner)
    store.set_kind("number")
    store.set_label(["ant/0.png"], "3")
    saved(session, owner)
    assert table(folder) == ["file,number", "ant/0.png,3"]
    store.set_kind("class")
    assert store.label("ant/1.png") == "ant"
    assert store.label("ant/0.png") == "3"
