"""What doctor finds is mended as one step of undo, through the library."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.project.helpers import Owner, add_image, add_labels, labelled, labels, png
from tests.project.test_sounds import beep
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import Problem, UsageError
from workbench.core.outlines import Keypoints, RotatedBox
from workbench.core.shapes import Box
from workbench.formats.voc import new_voc, read_voc
from workbench.project.datasets.labelled import LabelledFolder
from workbench.project.datasets.splits import Split, load_split, save_split
from workbench.project.doctor import doctor, findings
from workbench.project.imports.images import import_dataset
from workbench.project.links import LOST, find_moved, point
from workbench.project.mending import MENDINGS, images_to_trash, mend, relinked, title_of
from workbench.project.runs import RunFolder
from workbench.project.session import Session
from workbench.project.trash import deleted

Open = Callable[[Path], Session]


def of_kind(folder: Path, kind: str) -> list[Problem]:
    return [item for item in doctor(folder) if item.kind == kind]


def kinds(folder: Path) -> set[str]:
    return {item.kind for item in doctor(folder)}


class Told:
    """What is mended now."""

    def __init__(self) -> None:
        self.now: set[Problem] = set()

    def __call__(self, some: Sequence[Problem], mended: bool) -> None:
        self.now = self.now | set(some) if mended else self.now - set(some)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and not {".workbench", ".trash"} & set(path.parts)
            and path.name != "workbench.toml"}


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_findings_come_one_after_the_other_and_once(tmp_path: Path) -> None:
    add_image(tmp_path, "a.png")
    (tmp_path / "a.xml").write_text("<annotation><object>")
    (tmp_path / "b.xml").write_bytes((labelled(tmp_path, "c.png", ["cat"])).read_bytes())
    found = findings(tmp_path)
    first = next(found)
    rest = [first, *found]
    assert len(rest) == len(set(rest)) and sorted(rest, key=str) == sorted(doctor(tmp_path),
                                                                          key=str)


def test_boxes_are_cut_in_many_files_as_one_step(tmp_path: Path, owner: Owner,
                                                 open_session: Open) -> None:
    for name in ("a", "b", "c"):
        path = labelled(tmp_path, f"{name}.png", ["cat", "dog"])
        if name != "c":
            edit(path, "<xmax>30<", "<xmax>300<")
    edit(tmp_path / "b.xml", "<ymax>40<", "<ymax>99<")  # a file with two findings, mended as one
    before = contents(tmp_path)
    session, told = open_session(tmp_path), Told()
    owner.ready(session)
    found = of_kind(tmp_path, "box-out-of-bounds")
    assert found
    mend(session, found, told)
    owner.until(lambda: bool(told.now))
    owner.settled(session)
    assert told.now == set(found)
    assert not of_kind(tmp_path, "box-out-of-bounds")
    first = read_voc(tmp_path / "a.xml").annotation.objects[0]
    assert first.shape.bounds() == (1, 2, 64, 40)
    assert session.undo.undo_text == f"mend {len(found)} problems"
    session.undo.undo()
    owner.settled(session)
    assert contents(tmp_path) == before and not told.now and session.undo.undo_step is None
    session.undo.redo()
    owner.settled(session)
    assert told.now == set(found) and not of_kind(tmp_path, "box-out-of-bounds")


def test_doubled_and_empty_boxes_are_removed(tmp_path: Path, owner: Owner,
                                             open_session: Open) -> None:
    labelled(tmp_path, "a.png", ["cat", "cat", "dog"])
    edit(labelled(tmp_path, "b.png", ["cat", "dog"]), "<xmax>30<", "<xmax>1<")
    session, told = open_session(tmp_path), Told()
    owner.ready(session)
    for kind, key, left in (("duplicate-box", "a.png", ["cat", "dog"]),
                            ("zero-size-box", "b.png", ["dog"])):
        found = of_kind(tmp_path, kind)
        assert len(found) == 1
        mend(session, found, told)
        owner.until(lambda found=found: set(found) <= told.now)  # type: ignore[misc]
        owner.settled(session)
        assert labels(session, key) == left and not of_kind(tmp_path, kind)


def test_of_a_rotated_box_that_is_drawn_twice_the_first_stays(
        tmp_path: Path, owner: Owner, open_session: Open) -> None:
    path = labelled(tmp_path, "a.png", ["rod"])
    first = RotatedBox((30.0, 20.0), 30.0, 8.0, 0.7)
    again = RotatedBox((30.0, 20.0), 8.0, 30.0, 0.7 + math.pi / 2)
    path.write_bytes(new_voc(Annotation((
        LabeledObject("rod", first), LabeledObject("rod", again)), size=(64, 48)),
        image_path=tmp_path / "a.png"))
    session, told = open_session(tmp_path), Told()
    owner.ready(session)
    found = of_kind(tmp_path, "duplicate-box")
    mend(session, found, told)
    owner.until(lambda: set(found) <= told.now)
    owner.settled(session)
    assert len(found) == 1 and not of_kind(tmp_path, "duplicate-box")
    (kept,) = read_voc(path).annotation.objects
    assert isinstance(kept.shape, RotatedBox) and kept.shape.width == 30


def test_classes_of_nearly_one_name_become_the_one_that_is_used_most(
        tmp_path: Path, owner: Owner, open_session: Open) -> None:
    for name in "abc":
        labelled(tmp_path, f"{name}.png", ["cat"])
    labelled(tmp_path, "d.png", ["Cat"])
    session, told = open_session(tmp_path), Told()
    owner.ready(session)
    found = of_kind(tmp_path, "classes-alike")
    assert [item.names for item in found] == [("cat", "Cat")]
    mend(session, found, told)
    owner.until(lambda: session.document("d.png").annotation.objects[0].label == "cat")
    owner.settled(session)
    assert list(session.classes) == ["cat"] and not of_kind(tmp_path, "classes-alike")
    session.undo.undo()
    owner.until(lambda: b"Cat" in (tmp_path / "d.xml").read_bytes())
    assert set(session.classes) == {"cat", "Cat"} and not told.now
    for name in ("cat", "Cat"):  # by hand meanwhile
        session.rename_class(name, "dog")
    mend(session, found, told)
    assert list(session.classes) == ["dog"] and not told.now


def test_files_that_nobody_needs_go_to_the_trash_and_come_back(
        tmp_path: Path, owner: Owner, open_session: Open) -> None:
    labelled(tmp_path, "good.png", ["cat"])
    labelled(tmp_path, "good2.png", ["cat"])
    add_image(tmp_path, "half.png")
    (tmp_path / "half.xml").write_text("<annotation><object>")
    (tmp_path / "cut.png").write_bytes((tmp_path / "good.png").read_bytes()[:-20])
    add_labels(tmp_path, "cut.png", ["cat"])
    (tmp_path / "orphan.xml").write_bytes((tmp_path / "good.xml").read_bytes())
    (tmp_path / ".workbench-0123456789abcdef.part").write_bytes(b"half")
    run = RunFolder.create(tmp_path, "x", {})
    run.write_state(state="failed", message="It ended.")
    before = contents(tmp_path)
    session, told = open_session(tmp_path), Told()
    owner.ready(session)
    wanted = {"unreadable-annotation", "truncated-image", "annotation-without-image", "leftover",
              "failed-run"}
    assert kinds(tmp_path) == wanted
    for kind in sorted(wanted):
        mend(session, of_kind(tmp_path, kind), told)
    assert kinds(tmp_path) == set()
    assert not (tmp_path / "cut.png").exists() and not (tmp_path / "cut.xml").exists()
    assert len(deleted(tmp_path)) == len(wanted)
    owner.until(lambda: list(session.index.keys()) == ["good.png", "good2.png", "half.png"])
    assert session.document("half.png").readonly_reason is None, "it can be labelled anew"
    for _ in wanted:
        session.undo.undo()
    assert contents(tmp_path) == before and not told.now
    assert kinds(tmp_path) == wanted
    owner.until(lambda: "cut.png" in session.index)


def test_each_file_is_looked_at_again_before_it_goes_to_the_trash(
        tmp_path: Path, owner: Owner, open_session: Open) -> None:
    whole, text = png(seed=3), labelled(tmp_path, "good.png", ["cat"]).read_bytes()
    for name in ("a", "b"):
        (tmp_path / f"cut-{name}.png").write_bytes(whole[:-20])
        (tmp_path / f"none-{name}.png").write_bytes(b"nothing")
        add_image(tmp_path, f"half-{name}.png")
        (tmp_path / f"half-{name}.xml").write_text("<annotation><object>")
        (tmp_path / f"alone-{name}.xml").write_bytes(text)
        (tmp_path / f"sound-{name}.wav").write_bytes(b"nothing")
    session, told = open_session(tmp_path), Told()
    owner.ready(session)
    found = {kind: of_kind(tmp_path, kind) for kind in (
        "truncated-image", "unreadable-image", "unreadable-annotation", "annotation-without-image",
        "unreadable-sound")}
    assert {kind: len(items) for kind, items in found.items()} == dict.fromkeys(found, 2)
    for name in ("cut-a.png", "none-a.png", "alone-a.PNG"):  # mended elsewhere meanwhile
        (tmp_path / name).write_bytes(whole)
    (tmp_path / "half-a.xml").write_bytes(text)
    beep(tmp_path / "sound-a.wav")
    owner.until(lambda: not session.sounds.scanning)
    for items in found.values():
        mend(session, items, told)
    assert told.now == {item for items in found.values() for item in items if "-b." in item.path}
    assert {path.name for path in tmp_path.iterdir() if path.name[0] != "."} == {
        "good.png", "good.xml", "cut-a.png", "none-a.png", "half-a.png", "half-a.xml", "half-b.png",
        "alone-a.PNG", "alone-a.xml", "sound-a.wav"}


@pytest.mark.skipif(os.name == "nt", reason="not everybody may make links there")
def test_images_that_were_moved_are_found_again_where_they_are(
        tmp_path: Path, owner: Owner, open_session: Open) -> None:
    project, source = tmp_path / "project", tmp_path / "old" / "set"
    for number, name in enumerate(("a.png", "sub/b.png", "c.png")):
        add_image(source, name, seed=number)
    (source / "a.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    (source / "classes.txt").write_text("cat\n")
    import_dataset(source, project, images="link")
    session = open_session(project)
    owner.ready(session)
    (tmp_path / "new").mkdir()
    source.rename(tmp_path / "new" / "set")
    add_image(tmp_path / "new" / "set", "c.png", seed=9)  # another image by now
    found = of_kind(project, LOST)
    assert [Path(item.path).name for item in found] == ["a.png", "c.png", "b.png"]
    assert "old/set/a.png, which is not there" in found[0].reason
    with pytest.raises(UsageError, match="folder"):
        mend(session, found, Told())
    keys = [Path(item.path).relative_to(project).as_posix() for item in found]
    assert find_moved(project, keys, tmp_path / "old") == {}
    moved = find_moved(project, keys, tmp_path / "new")
    assert set(moved) == {"images/a.png", "images/sub/b.png"}
    told, before = Told(), point(project, moved)
    relinked(session, {item: moved[key] for key, item in zip(keys, found, strict=True)
                       if key in moved}, before, told)
    assert (project / "images" / "sub" / "b.png").is_file()
    assert told.now == {found[0], found[2]}
    session.undo.undo()
    assert len(of_kind(project, LOST)) == 3 and not told.now
    session.undo.redo()
    assert len(of_kind(project, LOST)) == 1


@pytest.mark.skipif(os.name == "nt", reason="not everybody may make links there")
@pytest.mark.parametrize("images", ["link", "copy"])
def test_an_import_from_where_images_were_moved_finds_them_again(tmp_path: Path,
                                                                 images: str) -> None:
    project, source = tmp_path / "project", tmp_path / "set"
    labelled(source, "a.png", ["cat"])
    add_image(source, "b.png")
    import_dataset(source, project, images="link")
    edit(project / "annotations" / "a.xml", "cat", "tiger")  # work of a person
    source = source.rename(tmp_path / "moved")
    add_image(source, "b.png", seed=9)  # another image
    report = import_dataset(source, project, images=images)
    assert "1 image whose folder had been moved can be seen again." in report.notes
    assert LabelledFolder(project).keys == ["images/a.png", "images/b-2.png", "images/b.png"]
    assert (project / "images" / "a.png").read_bytes() == (source / "a.png").read_bytes()
    assert (project / "images" / "a.png").is_symlink() is (images == "link")
    assert "tiger" in (project / "annotations" / "a.xml").read_text()


def test_a_run_that_went_on_meanwhile_stays_and_a_broken_one_goes_as_a_whole(
        tmp_path: Path, owner: Owner, open_session: Open) -> None:
    labelled(tmp_path, "a.png", ["cat"])
    runs = [RunFolder.create(tmp_path, "x", {}) for _ in range(3)]
    for run in runs:
        run.write_state(state="failed", message="It ended.")
    (runs[2].path / "config.json").write_text("{")
    session, told = open_session(tmp_path), Told()
    owner.ready(session)
    failed, broken = of_kind(tmp_path, "failed-run"), of_kind(tmp_path, "broken-run")
    assert (len(failed), len(broken)) == (3, 1)
    runs[0].write_state(state="running", pid=os.getpid())
    mend(session, failed[:2], told)
    assert runs[0].path.is_dir() and not runs[1].path.exists()
    assert told.now == {failed[1]}
    mend(session, broken, told)
    assert not runs[2].path.exists()
    session.undo.undo()
    assert (runs[2].path / "state.json").is_file()


@pytest.mark.skipif(os.name == "nt", reason="not everybody may make links there")
def test_a_link_to_an_image_that_is_gone_goes_with_its_labels(
        tmp_path: Path, owner: Owner, open_session: Open) -> None:
    project, elsewhere = tmp_path / "project", tmp_path / "disk"
    labelled(project, "b.png", ["cat"])
    labelled(project, "a.png", ["cat"])
    elsewhere.mkdir()
    (project / "a.png").rename(elsewhere / "a.png")
    (project / "a.png").symlink_to(elsewhere / "a.png")
    session = open_session(project)
    owner.ready(session)
    (elsewhere / "a.png").rename(elsewhere / "moved.png")
    images_to_trash(session, ["a.png"])
    assert not (project / "a.png").is_symlink() and not (project / "a.xml").exists()
    session.undo.undo()
    assert (project / "a.png").is_symlink() and (project / "a.xml").is_file()


def test_sounds_lose_labels_beyond_their_end(tmp_path: Path, owner: Owner,
                                             open_session: Open) -> None:
    beep(tmp_path / "a.wav")
    (tmp_path / "a.txt").write_text("0.0\t0.05\towl\n900\t901\towl\n", "utf-8")
    session, told = open_session(tmp_path), Told()
    owner.until(lambda: not session.sounds.scanning)
    found = of_kind(tmp_path, "labels-outside")
    assert len(found) == 1
    mend(session, found, told)
    owner.until(lambda: told.now == set(found))
    owner.settled(session)
    assert not of_kind(tmp_path, "labels-outside")
    assert [item.label for item in session.sounds.document("a.wav").annotation.objects] == ["owl"]
    session.undo.undo()
    assert not told.now and len(session.sounds.document("a.wav").annotation.objects) == 2


def test_a_part_of_train_is_held_back(tmp_path: Path, owner: Owner, open_session: Open) -> None:
    keys = [f"{at}.png" for at in range(10)]
    for at, key in enumerate(keys):
        add_image(tmp_path, key, seed=at)
    before = Split(train=keys[:8], test=keys[8:], origin="by hand")
    save_split(tmp_path, before)
    session, told = open_session(tmp_path), Told()
    owner.ready(session)
    found = of_kind(tmp_path, "no-validation")
    mend(session, found, told)
    split = load_split(tmp_path)
    assert told.now == set(found) and split.counts() == {"train": 7, "val": 1, "test": 2}
    assert {*split.train, *split.val} == {*keys[:8]} and split.test == keys[8:]
    assert not of_kind(tmp_path, "no-validation")
    session.undo.undo()
    assert load_split(tmp_path) == before and not told.now


def test_what_no_button_mends_is_refused(tmp_path: Path, owner: Owner, open_session: Open) -> None:
    session = open_session(tmp_path)
    with pytest.raises(UsageError, match="no-images"):
        mend(session, of_kind(tmp_path, "no-images"), Told())
    assert session.undo.undo_step is None


def test_every_kind_has_a_title() -> None:
    assert title_of("duplicate-box") == "Objects labelled twice"
    assert title_of("of-a-plugin") == "Of a plugin"
    assert all(title_of(kind) != kind.replace("-", " ").capitalize() for kind in MENDINGS)


def test_key_points_and_rotated_boxes_are_not_lost_where_other_objects_are_mended(
        tmp_path: Path, owner: Owner, open_session: Open) -> None:
    one = Keypoints(((10.0, 10.0), (0.0, 0.0)), (2, 0))
    line = Keypoints(((10.0, 10.0), (10.0, 20.0)), (2, 1))
    turned = RotatedBox((5.0, 20.0), 20.0, 8.0, 0.5)
    swapped = Box(30.0, 2.0, 20.0, 40.0)
    gone = Keypoints(((90.0, 10.0),), (2,))
    kept = [one, line, turned, swapped]
    for key, odd in (("a.png", Box(-5.0, 2.0, 30.0, 40.0)), ("b.png", Box(7.0, 7.0, 7.0, 20.0))):
        image = add_image(tmp_path, key)
        objects = tuple(LabeledObject("cat", shape) for shape in (odd, *kept, gone))
        image.with_suffix(".xml").write_bytes(
            new_voc(Annotation(objects, size=(64, 48)), image_path=image, depth=1))
    session, told = open_session(tmp_path), Told()
    owner.ready(session)

    def shapes(key: str) -> list[object]:
        return [item.shape for item in session.document(key).annotation.objects]

    found = of_kind(tmp_path, "box-out-of-bounds")
    first = [item for item in found if item.path.endswith("a.xml")]
    mend(session, first, told)
    owner.until(lambda: set(first) <= told.now)
    assert shapes("a.png") == [Box(0.0, 2.0, 30.0, 40.0), one, line, turned,
                               Box(20.0, 2.0, 30.0, 40.0)]
    empty = of_kind(tmp_path, "zero-size-box")
    mend(session, empty, told)
    owner.until(lambda: set(empty) <= told.now)
    assert shapes("b.png") == [one, line, turned, Box(20.0, 2.0, 30.0, 40.0), gone]
