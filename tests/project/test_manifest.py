"""workbench.toml and the list of recent projects."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.project.helpers import Owner, add_image, box, labelled
from workbench.core.attributes import Attribute
from workbench.core.errors import WorkbenchError
from workbench.core.folders import user_config_folder
from workbench.core.skeletons import Skeleton
from workbench.formats.atomic import write_atomic
from workbench.formats.toml_file import patch_toml
from workbench.project import manifest as manifest_module
from workbench.project import recent
from workbench.project.manifest import Manifest
from workbench.project.recent import (
    forget_project,
    recent_projects,
    remember_project,
)
from workbench.project.runs import RunFolder
from workbench.project.session import Session

Open = Callable[[Path], Session]

THEIRS = """\
# my kangaroos
name = "Roos"          # short
classes = ["roo", "joey"]
voc_convention = "voc-1-based"
images = "./photos/"
annotations = 'xml\\'

[colors]
roo = "#ff0000"

[camera]
model = "X"
"""


def test_a_manifest_is_read(tmp_path: Path) -> None:
    (tmp_path / "workbench.toml").write_text(THEIRS)
    manifest = Manifest.load(tmp_path)
    assert manifest.name == "Roos" and manifest.classes == ["roo", "joey"]
    assert manifest.voc_convention == "voc-1-based" and manifest.colors == {"roo": "#ff0000"}
    assert (manifest.images, manifest.annotations) == ("photos", "xml") and manifest.exists


def test_a_change_keeps_all_that_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "workbench.toml").write_text(THEIRS)
    manifest = Manifest.load(tmp_path)
    manifest.classes.append("wombat")
    manifest.colors = {"joey": "#00ff00"}
    manifest.save(tmp_path)
    text = (tmp_path / "workbench.toml").read_text()
    assert "# my kangaroos" in text and 'name = "Roos"          # short' in text
    assert '[camera]\nmodel = "X"' in text and "ff0000" not in text
    again = Manifest.load(tmp_path)
    assert again.classes == ["roo", "joey", "wombat"] and again.colors == {"joey": "#00ff00"}


@pytest.mark.parametrize("text", [
    "classes = [", "classes = [1]", 'classes = "a"', "name = 3", 'voc_convention = "coco"',
    "colors = 3", "[colors]\na = 3", "\xff"])
def test_a_broken_manifest_is_a_problem_and_never_written(tmp_path: Path, text: str) -> None:
    path = tmp_path / "workbench.toml"
    path.write_bytes(text.encode("latin-1"))
    add_image(tmp_path, "a.png")
    manifest = Manifest.load(tmp_path)
    assert manifest.problem is not None and "workbench.toml" in manifest.problem.reason
    with pytest.raises(WorkbenchError, match="left as it is"):
        manifest.save(tmp_path)
    assert path.read_bytes() == text.encode("latin-1")


def test_folders_elsewhere_can_be_named(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    labelled(tmp_path / "photos", "a.png", ["cat"])
    project = tmp_path / "project"
    project.mkdir()
    (project / "workbench.toml").write_text('images = "../photos"\nannotations = ""\n')
    session = open_session(project)
    owner.ready(session)
    key = "../photos/a.png"
    assert list(session.index) == [key] and session.index.class_counts() == {"cat": 1}
    session.edit(key, (box("dog"),), "draw")
    owner.settled(session)
    assert b"dog" in (tmp_path / "photos" / "a.xml").read_bytes()
    absolute = tmp_path / "absolute"
    absolute.mkdir()
    photos = (tmp_path / "photos").as_posix()
    (absolute / "workbench.toml").write_text(f'images = "{photos}"\nannotations = "xml"\n')
    session = open_session(absolute)
    assert list(session.index) == [f"{photos}/a.png"]
    assert session.index.annotation_path(f"{photos}/a.png") == absolute / "xml" / "a.xml"


def test_a_manifest_that_another_program_changed(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    path = tmp_path / "workbench.toml"
    path.write_text('classes = ["a"]\n')
    session = open_session(tmp_path)
    conflicts: list[str] = []
    session.conflict.connect(lambda key, error: conflicts.append(key))
    theirs = '# theirs\nname = "N"\nclasses = ["a", "b"]\nowner = "them"\n'
    path.write_text(theirs)
    session.add_class("c")
    owner.settled(session)
    assert conflicts == [""] and path.read_text() == theirs
    session.reload("")
    assert session.classes.names == ("a", "b") and session.saver.state == "saved"
    assert session.manifest.name == "N"
    assert not session.problems
    session.add_class("d")
    owner.settled(session)
    assert Manifest.load(tmp_path).classes == ["a", "b", "d"] and "them" in path.read_text()
    path.write_text(theirs)
    session.add_class("e")
    owner.settled(session)
    session.overwrite("")
    owner.settled(session)
    assert Manifest.load(tmp_path).classes == ["a", "b", "d", "e"]
    assert "# theirs" in path.read_text() and session.saver.state == "saved"


def test_classes_that_agree_need_no_decision(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    labelled(tmp_path, "a.png", ["cat", "dog"])
    session = open_session(tmp_path)
    owner.ready(session)
    conflicts: list[str] = []
    session.conflict.connect(lambda key, error: conflicts.append(key))
    RunFolder.create(tmp_path, "x", {"classes": ["cat", "dog"]})  # as the engine does
    assert Manifest.load(tmp_path).classes == ["cat", "dog"]
    session.edit("a.png", (box("cow"),), "draw")
    owner.settled(session)
    assert not conflicts and not session.problems
    assert Manifest.load(tmp_path).classes == ["cat", "dog", "cow"]


def test_what_was_set_here_outlives_what_another_program_wrote_meanwhile(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    labelled(tmp_path, "a.png", ["cat"])
    session = open_session(tmp_path)
    owner.ready(session)
    RunFolder.create(tmp_path, "x", {"classes": ["cat"]})  # writes workbench.toml
    path = tmp_path / "workbench.toml"
    path.write_text(path.read_text() + '[detection]\nshape = "box"\nold = 1\n')
    session.manifest.settings["image-classification"] = {"kind": "tags"}
    session.manifest_changed()
    owner.settled(session)
    assert Manifest.load(tmp_path).settings == {
        "image-classification": {"kind": "tags"}, "detection": {"shape": "box", "old": 1}}
    theirs = path.read_text().replace("old = 1\n", "").replace('"tags"', '"number"')
    path.write_text(theirs)
    session.manifest.settings["detection"]["shape"] = "mask"
    session.manifest_changed()
    owner.settled(session)
    assert Manifest.load(tmp_path).settings == {
        "image-classification": {"kind": "number"}, "detection": {"shape": "mask"}}
    assert session.manifest.settings == Manifest.load(tmp_path).settings


def test_what_is_written_of_the_classes_is_made_by_the_saver(
    tmp_path: Path, owner: Owner, open_session: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "workbench.toml"
    path.write_text('# theirs\nclasses = ["a"]\n')
    session = open_session(tmp_path)
    made_by: list[str] = []

    def seen(*args: Any, **kwargs: Any) -> str:
        made_by.append(threading.current_thread().name)
        return patch_toml(*args, **kwargs)

    monkeypatch.setattr(manifest_module, "patch_toml", seen)
    for name in ("b", "c", "d"):
        session.add_class(name)
    session.set_class_color("d", "#112233")
    owner.settled(session)
    session.remove_class("b")
    session.set_class_color("d", None)
    owner.finish(session)
    assert set(made_by) == {"saver"}
    assert path.read_text().startswith("# theirs")
    manifest = Manifest.load(tmp_path)
    assert manifest.classes == ["a", "c", "d"] and manifest.colors == session.classes.colors
    assert session.manifest.text == manifest.text


def test_a_class_that_cannot_be_written_is_told_and_the_file_stays(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    path = tmp_path / "workbench.toml"
    path.write_text('classes = ["a"]\n')
    session = open_session(tmp_path)
    session.manifest.settings["detection"] = {"note": "\udcff"}
    session.manifest_changed()
    owner.settled(session)
    assert path.read_text() == 'classes = ["a"]\n' and session.saver.state == "failed"
    assert [problem.kind for problem in session.problems] == ["not-saved"]
    session.manifest.settings["detection"] = {"note": "ok"}
    session.manifest_changed()
    owner.finish(session)
    assert not session.problems and 'note = "ok"' in path.read_text()


# Recent projects


def test_what_is_not_said_any_more_of_an_attribute_or_key_points_goes(tmp_path: Path) -> None:
    (tmp_path / "workbench.toml").write_text(
        '[attributes.colour]\nkind = "choice"\nchoices = ["red"]\nclasses = ["car"]\n'
        'asked = "by Ann"  # hers\n[keypoints.cat]\npoints = ["nose", "tail"]\n'
        'lines = [["nose", "tail"]]\n', "utf-8")
    manifest = Manifest.load(tmp_path)
    manifest.attributes = (Attribute("colour"),)
    manifest.skeletons = {"cat": Skeleton(("ear",))}
    manifest.save(tmp_path)
    again = Manifest.load(tmp_path)
    assert again.problem is None and again.attributes == (Attribute("colour"),)
    assert again.skeletons == {"cat": Skeleton(("ear",))}
    assert 'asked = "by Ann"  # hers' in (tmp_path / "workbench.toml").read_text("utf-8")


def test_the_last_project_is_the_first(tmp_path: Path) -> None:
    assert recent_projects() == []
    for name in "abc":
        (tmp_path / name).mkdir()
        remember_project(tmp_path / name, f"Project {name}")
    remember_project(tmp_path / "a")
    (tmp_path / "b").rmdir()
    assert [(p.name, p.exists) for p in recent_projects()] == [
        ("a", True), ("Project c", True), ("Project b", False)]
    forget_project(tmp_path / "c")
    assert [p.path.name for p in recent_projects()] == ["a", "b"]
    for number in range(30):
        remember_project(tmp_path / str(number))
    assert len(recent_projects()) == 20


def test_projects_that_two_windows_open_at_once_are_both_in_the_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember_project(tmp_path / "before")
    others = [tmp_path / "second", tmp_path / "third"]

    def write(*arguments: Any) -> None:
        if others:  # the list was read, and is not written yet
            remember_project(others.pop())
        write_atomic(*arguments)

    monkeypatch.setattr(recent, "write_atomic", write)
    remember_project(tmp_path / "first")
    assert {item.path.name for item in recent_projects()} == {"before", "first", "second", "third"}
    others.append(tmp_path / "second")
    forget_project(tmp_path / "third")
    assert {item.path.name for item in recent_projects()} == {"before", "first", "second"}


@pytest.mark.parametrize("content", ["", "[]", '{"a": 1}', '{"a": {"opened": "x"}}',
                                     '{"a": {"picture": "/\\u0000"}, "/\\u0000": {}}',
                                     '{"a": {"picture": "\\ud800"}, "\\ud800": {}, "": {}}'])
def test_a_damaged_list_is_no_trouble(tmp_path: Path, content: str) -> None:
    user_config_folder().mkdir(parents=True)
    (user_config_folder() / "recent.json").write_text(content)
    assert recent_projects() == [] or content.count("opened")
    remember_project(tmp_path)
    assert recent_projects()[0].path == tmp_path
    aside = user_config_folder() / "recent.json.unreadable"
    assert not aside.exists() if content.startswith("{") else aside.read_text() == content
