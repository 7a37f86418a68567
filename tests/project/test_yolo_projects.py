"""A project that keeps YOLO labels: edited in place, for those whose scripts read them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.project.helpers import Owner, add_image, box, labels
from tests.support.tiny_video import write_video
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.background import BackgroundThread
from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.outlines import Mask, Polygon
from workbench.core.shapes import Box
from workbench.core.tracks import Track, TrackKey
from workbench.formats.voc import new_voc
from workbench.project.agreement import compare_labels
from workbench.project.datasets.images import load_dataset
from workbench.project.datasets.labelled import LabelledFolder
from workbench.project.datasets.splits import default_split
from workbench.project.doctor import doctor
from workbench.project.edits.split_steps import MoveInSplit
from workbench.project.imports.images import import_dataset
from workbench.project.label_export import ExportRequest, export_labels
from workbench.project.manifest import Manifest
from workbench.project.mending import images_to_trash
from workbench.project.session import Session
from workbench.project.stores.adopt import adopt, adoption
from workbench.project.suggestion import Suggestion
from workbench.project.video_frames import FrameChoice, FramesWritten, write_labelled_frames

Open = Callable[[Path], Session]
YAML = "# ours\npath: .\ntrain: images/train\nval: images/val\nnames:  # in order\n" \
       "  0: cat\n  1: dog  # good\n"
ROWS = b"0  0.50 .5 0.25 0.5\r\n1 0.2 0.2 0.1 0.1 0.75\r\n\r\n7 0.5 0.5 0.1 0.1\r\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two images to learn from, one to judge by, one without a label file."""
    root = tmp_path / "pets"
    for key in ("images/train/a.png", "images/train/b.png", "images/val/c.png", "images/val/d.png"):
        add_image(root, key, seed=ord(key[-5]))
    for name, data in (("train/a", ROWS), ("train/b", b"1 0.5 0.5 0.5 0.5\n"), ("val/c", b"")):
        path = root / "labels" / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (root / "data.yaml").write_text(YAML)
    adopt(root)
    return root


def text(folder: Path, name: str) -> bytes:
    return (folder / "labels" / f"{name}.txt").read_bytes()


A, B, C, D = "images/train/a.png", "images/train/b.png", "images/val/c.png", "images/val/d.png"


def test_an_edit_changes_its_row_and_a_new_class_goes_to_the_end(
        folder: Path, owner: Owner, open_ready: Open) -> None:
    session = open_ready(folder)
    assert session.classes.names == ("cat", "dog")
    assert session.index.class_counts() == {"cat": 1, "dog": 2}
    assert labels(session, A) == ["cat", "dog"], "class 7 has no name"
    assert session.index.summary(D) is not None and not session.index.summary(D).labelled
    cat, dog = session.document(A).annotation.objects
    session.edit(A, (cat, dog.with_label("cow"), box("dog", 0, 0, 32, 24)), "draw")
    session.edit(D, (box("hen", 16, 12, 48, 36),), "draw")
    owner.finish(session)
    assert text(folder, "train/a") == b"0  0.50 .5 0.25 0.5\r\n2 0.2 0.2 0.1 0.1 0.75\r\n\r\n" \
        b"7 0.5 0.5 0.1 0.1\r\n1 0.25 0.25 0.5 0.5\r\n"
    assert text(folder, "val/d") == b"3 0.5 0.5 0.5 0.5\n"
    assert (folder / "data.yaml").read_text() == YAML + "  2: cow\n  3: hen\n"
    session.undo.undo()
    session.undo.undo()
    owner.finish(session)
    assert text(folder, "train/a") == ROWS and not (folder / "labels/val/d.txt").exists()
    assert yaml.safe_load((folder / "data.yaml").read_text())["names"][3] == "hen", \
        "a number that was given is never given again"
    assert session.close()
    again = open_ready(folder)
    assert again.classes.names == ("cat", "dog"), "what was undone is no class"
    assert text(folder, "train/b") == b"1 0.5 0.5 0.5 0.5\n"


def test_a_rename_touches_data_yaml_and_a_merge_the_rows(
        folder: Path, owner: Owner, open_ready: Open) -> None:
    session = open_ready(folder)
    assert labels(session, A) == ["cat", "dog"]
    session.rename_class("dog", "hound")
    owner.finish(session)
    assert (folder / "data.yaml").read_text() == YAML.replace("dog", "hound")
    assert labels(session, A) == ["cat", "hound"] and labels(session, B) == ["hound"]
    assert session.index.class_counts() == {"cat": 1, "hound": 2}
    assert text(folder, "train/a") == ROWS
    session.rename_class("hound", "cat")
    owner.finish(session)
    owner.until(lambda: session.index.class_counts() == {"cat": 3})
    assert text(folder, "train/a") == ROWS.replace(b"\n1 ", b"\n0 ")
    assert text(folder, "train/b") == b"0 0.5 0.5 0.5 0.5\n"
    assert (folder / "data.yaml").read_text() == YAML.replace("dog", "hound"), "numbers stay"
    assert session.classes.names == ("cat",)
    for _ in range(2):
        session.undo.undo()
        owner.finish(session)
    assert text(folder, "train/a") == ROWS and text(folder, "train/b") == b"1 0.5 0.5 0.5 0.5\n"
    assert (folder / "data.yaml").read_text() == YAML
    assert session.classes.names == ("cat", "dog") and labels(session, B) == ["dog"]
    session.undo.redo()
    session.undo.redo()
    owner.finish(session)
    assert session.close()
    again = open_ready(folder)
    assert again.classes.names == ("cat",), "a class that was merged stays away"
    assert load_dataset(folder).classes == ["cat"]


def test_a_rename_taken_back_leaves_every_class_its_place_and_colour(
        folder: Path, owner: Owner, open_ready: Open) -> None:
    session = open_ready(folder)
    colors = [session.classes.shown_color(name) for name in session.classes]
    session.rename_class("cat", "kitten")
    for turn, names in ((None, ("kitten", "dog")), (session.undo.undo, ("cat", "dog")),
                        (session.undo.redo, ("kitten", "dog"))):
        if turn is not None:
            turn()
        owner.finish(session)
        assert session.classes.names == names, "the digits of the classes stay"
        assert [session.classes.shown_color(name) for name in names] == colors


KILLED = """
import os, signal, sys
from pathlib import Path
from workbench.project.session import Session
from workbench.project.edits import saver
from tests.project.helpers import Owner
owner = Owner()
session = Session.open(Path(sys.argv[1]), post=owner.post)
owner.ready(session)
session.document("images/train/a.png")
real = saver.replace_file
def killed(path, content, check):
    real(path, content, check)
    if path.name == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)
saver.replace_file = killed
from workbench.project.edits import file_changes
file_changes.replace_files = lambda files: [killed(*file) for file in files]
session.rename_class("dog", sys.argv[2])
owner.until(lambda: False)
"""


@pytest.mark.parametrize(("new", "moment"), [("hound", "data.yaml"), ("cat", "b.txt")])
def test_a_kill_in_the_middle_is_finished_at_the_next_opening(
        folder: Path, owner: Owner, open_ready: Open, new: str, moment: str) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(folder), new, moment], check=False)
    assert done.returncode == -9
    session = open_ready(folder)
    owner.finish(session)
    wanted = {"hound": {"cat": 1, "hound": 2}, "cat": {"cat": 3}}[new]
    owner.until(lambda: session.index.class_counts() == wanted)
    assert session.classes.names == tuple(wanted)
    assert labels(session, A) == ["cat", new] and labels(session, B) == [new]


def test_what_yolo_has_no_place_for_is_refused(
        folder: Path, open_ready: Open) -> None:
    session = open_ready(folder)
    cat, dog = session.document(A).annotation.objects
    outline = Polygon((((0.0, 0.0), (9.0, 0.0), (9.0, 9.0)),))
    for objects, words in (
            ((cat.with_attribute("difficult", True), dog), "YOLO has no place for difficult"),
            ((cat.with_shape(outline), dog), "YOLO with boxes has no place for polygons"),
            ((cat.with_shape(Mask(0, 0, 1, 1, (0, 1))), dog), "has no place for masks")):
        with pytest.raises(UsageError, match=words):
            session.edit(A, objects, "change")
    with pytest.raises(UsageError, match="no place for a mark"):
        session.set_verified(A, True)
    with pytest.raises(UsageError, match="said of an image as a whole"):
        session.images.set_attribute(A, "weather", "rain")
    assert session.saver.state == "saved" and text(folder, "train/a") == ROWS


def test_suggestions_are_accepted_without_what_says_whose_they_were(
        folder: Path, owner: Owner, open_ready: Open) -> None:
    session = open_ready(folder)
    session.edit(D, (Suggestion("dog", (0, 0, 32, 24), 0.9, "run").labeled(),), "accept")
    owner.finish(session)
    assert text(folder, "val/d") == b"1 0.25 0.25 0.5 0.5\n"


def test_boxes_with_a_confidence_and_a_track_stay_boxes(
        folder: Path, owner: Owner, open_session: Open) -> None:
    (folder / "workbench.toml").unlink()
    (folder / "labels/train/b.txt").write_bytes(b"1 0.5 0.5 0.5 0.5 0.875 12\n0 .5 .5 .1 .1 0.5\n")
    assert adopt(folder).labels["shapes"] == "boxes"
    session = open_session(folder)
    dog, cat = session.document(B).annotation.objects
    assert isinstance(dog.shape, Box)
    session.edit(B, (dog.with_box((0.0, 0.0, 32.0, 24.0)), cat), "move")
    owner.finish(session)
    assert text(folder, "train/b") == b"1 0.25 0.25 0.5 0.5 0.875 12\n0 .5 .5 .1 .1 0.5\n"


def test_outlines_take_boxes_in_as_outlines(
        folder: Path, owner: Owner, open_session: Open) -> None:
    (folder / "workbench.toml").unlink()
    (folder / "labels/train/b.txt").write_bytes(b"1 0.1 0.1 0.5 .1 0.5 0.5\n")
    assert adopt(folder).labels["shapes"] == "outlines"
    session = open_session(folder)
    [dog] = session.document(B).annotation.objects
    session.edit(B, (dog, box("cat", 0, 0, 32, 24)), "draw")
    assert session.document(B).annotation.objects[1].shape == Polygon(
        (((0.0, 0.0), (32.0, 0.0), (32.0, 24.0), (0.0, 24.0)),))
    cat, _ = session.document(A).annotation.objects
    assert isinstance(cat.shape, Box)
    session.edit(A, (cat.with_box((0.0, 0.0, 32.0, 24.0)),), "move")
    owner.finish(session)
    assert text(folder, "train/b") == b"1 0.1 0.1 0.5 .1 0.5 0.5\n0 0 0 0.5 0 0.5 0.5 0 0.5\n"
    assert text(folder, "train/a") == b"0  0.25 0.25 0.5 0.5\r\n\r\n7 0.5 0.5 0.1 0.1\r\n"


def test_damaged_files_stay_as_they_are(
        folder: Path, open_ready: Open) -> None:
    path = folder / "labels/train/b.txt"
    path.write_bytes(b"1 0.5 0.5 0.5 0.5\ndog 0 0\n")
    session = open_ready(folder)
    document = session.document(B)
    assert document.damaged == path and "line 2" in (document.readonly_reason or "")
    with pytest.raises(WorkbenchError):
        session.edit(B, (), "delete")
    summary = session.index.summary(B)
    assert summary is not None and "b.txt could not be read" in (summary.problem or "")
    assert session.close()
    assert [item.kind for item in doctor(folder) if item.path == str(path)] == [
        "unreadable-annotation"]
    (folder / "data.yaml").write_text("names: [cat\n")
    broken = open_ready(folder)
    assert any(item.path.endswith("data.yaml") for item in broken.problems)
    reason = broken.document(A).readonly_reason or ""
    assert "data.yaml" in reason and broken.document(A).damaged is None
    assert text(folder, "train/a") == ROWS


def test_what_another_program_does_is_noticed(
        folder: Path, owner: Owner, open_ready: Open) -> None:
    session = open_ready(folder)
    session.document(A)
    yaml_path = folder / "data.yaml"
    yaml_path.write_text(YAML + "  2: truck\n")  # it was quicker than our new class
    session.edit(A, (box("bus", 0, 0, 32, 24),), "draw")
    owner.finish(session)
    assert yaml.safe_load(yaml_path.read_text())["names"] == {
        0: "cat", 1: "dog", 2: "truck", 3: "bus"}
    assert text(folder, "train/a").endswith(b"3 0.25 0.25 0.5 0.5\r\n")
    assert set(session.classes) == {"cat", "dog", "truck", "bus"}
    (folder / "labels/train/b.txt").write_bytes(b"0 0.5 0.5 0.5 0.5\n")
    assert labels(session, B) == ["cat"]
    yaml_path.write_text("names: [dog, cat, truck, bus]\n")
    session.index.refresh()
    owner.until(lambda: any("other names or numbers" in item.reason for item in session.problems))
    session.edit(B, (), "delete")
    session.edit(B, (box("cat"),), "draw")
    owner.until(lambda: session.saver.state == "failed")
    assert text(folder, "train/b") in (b"0 0.5 0.5 0.5 0.5\n", b"")


def test_the_first_labels_of_a_folder_make_its_folders(
        tmp_path: Path, owner: Owner, open_session: Open) -> None:
    add_image(tmp_path, "images/val/night/a.png")
    (tmp_path / "data.yaml").write_text(YAML)
    adopt(tmp_path)
    session = open_session(tmp_path)
    session.edit("images/val/night/a.png", (box("dog", 0, 0, 32, 24),), "draw")
    owner.finish(session)
    assert (tmp_path / "labels/val/night/a.txt").read_bytes() == b"1 0.25 0.25 0.5 0.5\n"


def test_a_rename_and_a_class_of_another_window_go_together(
        folder: Path, owner: Owner, open_ready: Open) -> None:
    session = open_ready(folder)
    session.document(A)
    (folder / "data.yaml").write_text(YAML + "  2: hen\n")
    session.rename_class("dog", "wolf")
    session.edit(B, (box("cow", 0, 0, 32, 24),), "draw")
    owner.finish(session)
    assert (folder / "data.yaml").read_text() == YAML.replace("dog", "wolf") + \
        "  2: hen\n  3: cow\n"
    assert text(folder, "train/b") == b"3 0.25 0.25 0.5 0.5\n"
    assert set(session.classes) == {"cat", "wolf", "hen", "cow"}
    (folder / "data.yaml").write_text(YAML.replace("dog", "cow") + "  2: hen\n  3: owl\n")
    session.rename_class("cat", "owl")
    owner.until(lambda: session.saver.state == "failed")
    assert "owl" in (folder / "data.yaml").read_text(), "theirs was not overwritten"
    assert text(folder, "train/a") == ROWS


def test_numbers_changed_by_another_program_are_not_written_before_that_is_seen(
        folder: Path, owner: Owner, open_ready: Open) -> None:
    session = open_ready(folder)
    cat, dog = session.document(A).annotation.objects
    (folder / "data.yaml").write_text("names: [ant, cat, dog]\n")
    session.edit(A, (cat, dog, box("dog", 0, 0, 32, 24)), "draw")
    owner.until(lambda: session.saver.state == "failed")
    assert text(folder, "train/a") == ROWS, "1 means a cat by now"
    assert any("other names or numbers" in item.reason for item in session.problems)
    (folder / "data.yaml").write_text(YAML)
    session.saver.retry()
    owner.finish(session)
    assert text(folder, "train/a") == ROWS + b"1 0.25 0.25 0.5 0.5\r\n"


@pytest.mark.parametrize(("names", "said"), [
    (YAML, YAML + "  3: cow\n"), ("names: [cat, dog]\n", 'names: [cat, dog, "", cow]\n'),
    ("\ufeff{names: [cat, dog]}\n", '\ufeff{names: [cat, dog, "", cow]}\n')])
@pytest.mark.parametrize("way", ["drawn", "drawn at once", "imported"])
def test_a_number_that_rows_use_without_a_name_goes_to_no_new_class(
        folder: Path, tmp_path: Path, owner: Owner, open_session: Open, names: str, said: str,
        way: str) -> None:
    (folder / "labels/val/d.txt").write_bytes(b"2 0.5 0.5 0.5 0.5\n")
    (folder / "data.yaml").write_text(names)
    if way == "imported":
        other = tmp_path / "other"
        add_image(other, "x.png", seed=99)
        cow = Annotation((box("cow", 0, 0, 32, 24),), size=(64, 48))
        (other / "x.xml").write_bytes(new_voc(cow, image_path=other / "x.png"))
        import_dataset(other, folder)
        key = "x"
    else:
        session = open_session(folder)
        if way == "drawn":
            owner.ready(session)
        session.edit(B, (box("cow", 0, 0, 32, 24),), "draw")
        owner.finish(session)
        assert labels(session, D) == [] and session.index.class_counts()["cow"] == 1
        key = "b"
    assert (folder / "data.yaml").read_text() == said
    [path] = folder.glob(f"labels/*/{key}.txt")
    assert path.read_bytes() == b"3 0.25 0.25 0.5 0.5\n"


def test_an_image_called_like_a_list_has_labels_only_where_these_are_no_list(
        folder: Path, tmp_path: Path, open_ready: Open) -> None:
    for key in ("images/train/train.png", "images/train/classes.png", "notes.png"):
        add_image(folder, key)
    (folder / "labels/train/train.txt").write_bytes(b"0 0.5 0.5 0.5 0.5\n")
    (folder / "labels/train/classes.txt").write_bytes(b"cat\ndog\n")
    (folder / "notes.txt").write_bytes(b"")
    session = open_ready(folder)
    assert labels(session, "images/train/train.png") == ["cat"]
    for key in ("images/train/classes.png", "notes.png"):
        with pytest.raises(WorkbenchError, match=r"is no file of labels\. Rename the image"):
            session.edit(key, (box("cat"),), "draw")
        with pytest.raises(UsageError):
            session.restart_damaged(key)
    images_to_trash(session, ["images/train/train.png", "images/train/classes.png", "notes.png"])
    assert not (folder / "notes.png").exists() and not (folder / "labels/train/train.txt").exists()
    assert (folder / "labels/train/classes.txt").is_file() and (folder / "notes.txt").is_file()
    session.undo.undo()
    assert (folder / "labels/train/train.txt").is_file()
    assert session.close()
    (folder / "workbench.toml").unlink()
    import_dataset(folder, tmp_path / "voc")
    assert b"cat" in next((tmp_path / "voc").rglob("train.xml")).read_bytes()


def test_everything_else_reads_it(folder: Path, tmp_path: Path) -> None:
    split = default_split(folder)
    assert (split.train, split.val) == ([A, B], [C])
    data = load_dataset(folder)
    assert data.classes == ["cat", "dog"] and data.unlabelled == [D]
    assert [len(record.objects) for record in data.train] == [2, 1]
    assert {item.kind for item in doctor(folder)} == {"unknown-class", "class-in-one-file"}
    export_labels(folder, ExportRequest("coco"), tmp_path / "out")
    import_dataset(folder, tmp_path / "voc")
    assert Manifest.load(tmp_path / "voc").classes == ["cat", "dog"]
    assert (tmp_path / "voc/annotations/train/a.xml").is_file()
    found = compare_labels(tmp_path / "voc", folder)
    assert len(found.images) == 4 and all(
        item.own and item.other and item.own.label == item.other.label for item in found.pairs)


def test_a_split_that_is_changed_here_lives_in_the_project(folder: Path) -> None:
    step = MoveInSplit(folder, default_split(folder), C, "train", lambda _split: None)
    assert step.text == "put c.png into train (kept in splits/default.json; the data set's own " \
        "lists stay as they are)"
    step.do()
    assert default_split(folder).train == [A, B, C]
    assert (folder / "data.yaml").read_text() == YAML
    step.undo()
    assert default_split(folder).val == [C]


def test_what_is_imported_becomes_rows(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    add_image(other, "x.png", seed=99)
    add_image(other, "y.png", seed=98)
    items = (box("dog", 0, 0, 32, 24), box("cow", 16, 12, 48, 36).with_attribute("difficult", True))
    (other / "x.xml").write_bytes(new_voc(Annotation(items, size=(64, 48)),
                                          image_path=other / "x.png"))
    report = import_dataset(other, folder)
    assert (report.images, report.annotations) == (2, 1)
    assert any("difficult" in note for note in report.notes), "what is lost is told"
    assert text(folder, "train/x") == b"1 0.25 0.25 0.5 0.5\n2 0.5 0.5 0.5 0.5\n"
    assert (folder / "images/train/y.png").is_file() and not (folder / "splits").exists()
    assert (folder / "data.yaml").read_text() == YAML + "  2: cow\n"
    assert set(report.made) == {"images/train/x.png", "images/train/y.png", "labels/train/x.txt"}
    assert load_dataset(folder).classes == ["cat", "dog", "cow"]
    add_image(folder, "z.png", seed=97)  # in no folder of images: its labels lie beside it
    (folder / "z.txt").write_bytes(b"0 0.5 0.5 0.5 0.5\n")
    assert "z.png" in LabelledFolder(folder).labelled
    again = import_dataset(other, folder)
    assert again.annotations == 0 and text(folder, "train/x").count(b"\n") == 2


def test_a_manifest_that_leads_out_is_asked_about(folder: Path) -> None:
    manifest = Manifest.load(folder)
    assert manifest.outside(folder) == []
    manifest.labels |= {"classes": "../elsewhere/data.yaml", "new_images": "/tmp"}
    assert manifest.outside(folder) == ["/tmp", "../elsewhere"]


def test_what_cannot_be_worked_in(tmp_path: Path) -> None:
    add_image(tmp_path, "a.png")
    (tmp_path / "a.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    assert adoption(tmp_path, "yolo") is None, "no file names the classes"
    (tmp_path / "data.yaml").write_text("names: [cat, cat]\n")
    assert adoption(tmp_path, "yolo") is None
    (tmp_path / "data.yaml").write_text("all: &n [cat, dog]\nnames: *n\n")
    assert adoption(tmp_path, "yolo") is None, "no class can be added to it"
    (tmp_path / "data.yaml").write_text("names: [nose]\nkpt_shape: [3, 3]\n")
    assert adoption(tmp_path, "yolo") is None
    (tmp_path / "data.yaml").unlink()
    (tmp_path / "classes.txt").write_text("cat\n")
    assert adopt(tmp_path, "yolo").annotations == "", "as labelImg keeps it"
    with pytest.raises(UsageError, match="a project already"):
        adopt(tmp_path)
    assert adoption(tmp_path, "yolo") is None and adoption(tmp_path, "labelme") is None


def test_frames_of_a_video_become_rows(folder: Path, owner: Owner, open_ready: Open) -> None:
    write_video(folder / "clip.mp4", 12)
    session = open_ready(folder)
    owner.until(lambda: not session.videos.scanning)
    track = LabeledObject("cow", Track(1, (TrackKey(0, Box(10, 10, 30, 30)),
                                           TrackKey(10, Box(30, 10, 50, 30)))))
    session.numbering.need(["cow"])
    done: list[FramesWritten] = []
    BackgroundThread(lambda thread: done.append(write_labelled_frames(
        session, "clip.mp4", [track], [at / 25 for at in range(12)],
        FrameChoice("keys"), thread, lambda _share: None)), name="frames", post=owner.post).start()
    owner.until(lambda: bool(done))
    assert (done[0].images, done[0].boxes) == (2, 2)
    assert done[0].losses.attributes == {"track": 2}
    assert (folder / "data.yaml").read_text() == YAML + "  2: cow\n"
    rows = sorted((folder / "labels/train").glob("clip*.txt"))
    assert len(rows) == 2 and all(path.read_bytes().startswith(b"2 0.") for path in rows)
    session.index.refresh()
    owner.until(lambda: session.index.class_counts()["cow"] == 2)
