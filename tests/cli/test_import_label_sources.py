"""Where labels of sounds come from is said with counts, the rest is named, and one can choose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.project.helpers import add_image, labelled
from tests.support.sound_layouts import write
from workbench.cli import main
from workbench.project.datasets.sounds import read_clips
from workbench.project.imports.images import import_dataset
from workbench.project.imports.report import ImportReport
from workbench.project.library.clip_labels import SoundSettings, find_settings
from workbench.project.library.clips import find_sounds, find_table
from workbench.project.library.label_sources import label_choices, recognised_settings


def sounds(folder: Path, *keys: str) -> Path:
    for number, key in enumerate(keys):
        write(folder / key, number, 0.1)
    return folder


def labels(project: Path) -> dict[str, str]:
    return {Path(item.key).as_posix().removeprefix("audio/"): item.label
            for item in read_clips(project)[0]}


def told(report: ImportReport) -> str:
    return "\n".join(report.notes)


def part_csv(folder: Path, named: int = 3) -> Path:
    keys = [f"batch{1 + number % 2}/{number}.wav" for number in range(6)]
    sounds(folder, *keys)
    rows = [f"{number}.wav,{('crow', 'thrush')[number % 2]}" for number in range(named)]
    (folder / "labels.csv").write_text("\n".join(["filename,label", *rows, "gone.wav,crow"]))
    return folder


@pytest.mark.parametrize("named", [1, 3])
def test_a_table_that_names_some_clips_is_not_replaced_by_folders(
    tmp_path: Path, named: int
) -> None:
    source = part_csv(tmp_path / "s", named)
    report = import_dataset(source, tmp_path / "p")
    assert labels(tmp_path / "p") == {
        f"batch{1 + number % 2}/{number}.wav":
            ("crow", "thrush")[number % 2] if number < named else "" for number in range(6)}
    classes = "1 class" if named == 1 else "2 classes"
    assert f"Labels come from labels.csv ({named} of 6 sounds, {classes})." in report.notes
    assert "labels.csv names 1 sound that is not here." in report.notes
    assert "Not used for the labels: the folders' names (6 of 6 sounds, 2 classes)" in told(report)
    assert recognised_settings(source, sorted(find_sounds(source))) == SoundSettings(
        table="labels.csv"), "in an opened folder, too"


def test_one_can_choose(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = part_csv(tmp_path / "s")

    def imported(wanted: str) -> dict[str, Any]:
        capsys.readouterr()
        project = tmp_path / wanted.replace("/", "-")
        assert main(["import", str(source), "--project", str(project), "--labels", wanted,
                     "--json"]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    assert imported("folders")["classes"] == ["batch1", "batch2"]
    assert "--labels tables takes it" in "".join(imported("folders")["notes"])
    assert imported("none")["classes"] == []
    assert set(labels(tmp_path / "none").values()) == {""}, "it stays so"
    assert imported("labels.csv")["classes"] == ["crow", "thrush"]
    for wrong in ("names", "stars", "no.csv"):
        assert main(["import", str(source), "--project", str(tmp_path / "x"),
                     "--labels", wrong]) == 2


def test_each_site_has_its_own_table_of_the_same_names(tmp_path: Path) -> None:
    source = sounds(tmp_path / "s", "A/1.wav", "A/2.wav", "B/1.wav", "B/2.wav")
    (source / "A" / "meta.csv").write_text("itemid,label\n1,bird\n2,none\n")
    (source / "B" / "meta.csv").write_text("filename;label;fold\n1.wav;none;3\n2.wav;bird;4\n")
    report = import_dataset(source, tmp_path / "p")
    assert labels(tmp_path / "p") == {
        "A/1.wav": "bird", "A/2.wav": "none", "B/1.wav": "none", "B/2.wav": "bird"}
    assert "Labels come from A/meta.csv, B/meta.csv (4 of 4 sounds, 2 classes)." in report.notes
    assert report.left == [] and report.classes == ["bird", "none"]
    assert {item.group for item in read_clips(tmp_path / "p")[0]} == {"", "3", "4"}
    before = {path: path.read_bytes() for path in (tmp_path / "p").rglob("*") if path.is_file()}
    assert import_dataset(source, tmp_path / "p").already == 4
    assert before == {path: path.read_bytes() for path in before}


@pytest.mark.parametrize(("data", "classes"), [
    ("filename,label\na.wav,Gr\u00fcnfink\nb.wav,x\n".encode("cp1252"), ["Gr\u00fcnfink", "x"]),
    ("filename\tlabel\na.wav\tGr\u00fcnfink\nb.wav\tx\n".encode("utf-16"), ["Gr\u00fcnfink", "x"]),
    (b'fname,labels,mids\na,"dog,Animal",/m/1\nb,"cat,Animal",/m/2\n', ["cat", "dog"]),
    (b"File Name;Label\n", []),
    (b"filename;label\nsub\\A.WAV;y\nb.mp3;x\n", ["x", "y"]),
], ids=["cp1252", "utf-16", "several labels", "nothing", "other names"])
def test_tables_as_people_have_them(tmp_path: Path, data: bytes, classes: list[str]) -> None:
    source = sounds(tmp_path / "s", "sub/a.wav", "sub/b.wav")
    (source / "labels.csv").write_bytes(data)
    report = import_dataset(source, tmp_path / "p")
    assert report.classes == classes
    left = [item.reason for item in report.left]
    assert left == ([] if classes else ["a table that was not used for the labels"])


def test_tables_of_the_same_names_are_copied_as_they_are(tmp_path: Path) -> None:
    source = sounds(tmp_path / "s", "A/1.wav", "A/2.wav", "B/1.wav", "B/2.wav")
    (source / "A" / "meta.csv").write_text("file,label\n1,bird\n2,none\n3,none\n")
    (source / "B" / "meta.csv").write_text("file,labels\n1,\"owl,Animal\"\n2,jay\n4,jay\n")
    report = import_dataset(source, tmp_path / "p")
    assert report.words() == "4 sounds were copied."
    assert not list((tmp_path / "p").rglob("*.txt")), "no further tables are made"
    assert labels(tmp_path / "p") == {
        "A/1.wav": "bird", "A/2.wav": "none", "B/1.wav": "owl", "B/2.wav": "jay"}
    assert "1 sound has several classes in the table; the first one is used." in report.notes
    assert "A/meta.csv, B/meta.csv name 2 sounds that are not here." in report.notes


def test_folders_are_no_classes_where_every_recording_has_a_table(tmp_path: Path) -> None:
    keys = [f"{day}/{number}.wav" for day in ("first", "second") for number in range(2)]
    source = sounds(tmp_path / "s", *keys)
    for key in keys[:3]:
        (source / key).with_suffix(".txt").write_text("0.01\t0.05\tlow\n")
    report = import_dataset(source, tmp_path / "p")
    assert report.classes == ["low", "second"], "the last sound has only its folder's name"
    assert "Labels come from the folders' names (1 of 4 sounds, 1 class)." in report.notes
    (source / keys[3]).with_suffix(".txt").write_text("0.01\t0.05\thigh\n")
    report = import_dataset(source, tmp_path / "q")
    assert (report.classes, report.notes) == (["high", "low"], [])
    sounds(tmp_path / "q" / "audio", "first/7.wav")
    assert labels(tmp_path / "q")["first/7.wav"] == "", "nor later"


@pytest.mark.parametrize(("name", "words"), [
    ("x.zip", "a ZIP archive that cannot be opened"),
    ("x.wav", "a file: import the folder that it lies in")])
def test_a_file_is_no_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, words: str
) -> None:
    (tmp_path / name).write_bytes(b"PK")
    assert main(["import", str(tmp_path / name), "--project", str(tmp_path / "p")]) == 2
    assert capsys.readouterr().err == f"workbench import: {name} is {words}.\n"


def test_dates_and_parts_are_no_classes(tmp_path: Path) -> None:
    keys = [f"{name}/{part}/{day}/{number}.WAV" for name in ("wren", "tit")
            for part in ("train", "test") for day in ("2023-05-01", "20230502_0600")
            for number in range(2)]
    assert find_settings(keys) == SoundSettings(folders=True)
    sounds(tmp_path / "s", *keys)
    report = import_dataset(tmp_path / "s", tmp_path / "p")
    assert report.classes == ["tit", "wren"]
    digits = [f"{digit}/{number}.wav" for digit in range(10) for number in range(3)]
    assert find_settings(digits) == SoundSettings(folders=True), "numbers may be classes"
    assert find_settings([f"train/{n}.wav" for n in range(9)] + [f"test/{n}.wav" for n in range(9)]
                         ) == SoundSettings()


def test_one_folder_is_offered_and_not_taken(tmp_path: Path) -> None:
    source = sounds(tmp_path / "s", *(f"koala/b{number}.wav" for number in range(3)))
    report = import_dataset(source, tmp_path / "p")
    assert report.classes == []
    assert "the folders' names (3 of 3 sounds, 1 class); --labels folders takes it" in told(report)
    assert [choice.id for choice in label_choices(source, sorted(find_sounds(source)))] == [
        "folders"]


def test_labels_beside_a_copy_of_a_recording_go_to_the_best_one(tmp_path: Path) -> None:
    source = sounds(tmp_path / "s", "rec.wav", "rec.flac", "two.WAV")
    (source / "rec.txt").write_text("0.01\t0.05\tlow\n")
    report = import_dataset(source, tmp_path / "p")
    assert [(item.key, len(item.regions)) for item in read_clips(tmp_path / "p")[0]] == [
        ("audio/rec.flac", 0), ("audio/rec.wav", 1), ("audio/two.WAV", 0)]
    assert ("rec.txt was taken for rec.wav; rec.flac of the same name stayed without labels."
            in report.notes)
    assert report.left == [] and report.annotations == 1


def test_capitals_are_another_file_with_another_table(tmp_path: Path) -> None:
    sounds(tmp_path, "two.wav", "two.WAV")
    if (tmp_path / "two.wav").samefile(tmp_path / "two.WAV"):
        pytest.skip("case does not count on this disk")
    tables = {find_table(tmp_path / name)[0].name for name in ("two.wav", "two.WAV")}
    assert tables == {"two.wav.selections.txt", "two.WAV.selections.txt"}


OTHERS = {
    "a.BirdNET.selection.table.txt": ("Selection\tView\n", "BirdNET"),
    "notes.TextGrid": ('File type = "ooTextFile"\n', "TextGrid"),
    "phone.webm": ("x", "WebM"), "photo.jpg": ("x", "an image among sounds"),
    "other.csv": ("time,level\n", "was not used"),
    "lost.txt": ("0.1\t0.5\tlow\n", "no single sound"),
}


def test_every_file_beside_sounds_is_named(tmp_path: Path) -> None:
    source = sounds(tmp_path / "s", "a.wav", "b.wav")
    for name, (text, _) in OTHERS.items():
        (source / name).write_text(text)
    reasons = {item.path: item.reason for item in import_dataset(source, tmp_path / "p").left}
    assert set(reasons) == set(OTHERS)
    assert all(word in reasons[name] for name, (_, word) in OTHERS.items()), reasons


def test_sounds_are_not_taken_from_outside(tmp_path: Path) -> None:
    source = sounds(tmp_path / "s", "a.wav")
    sounds(tmp_path / "out", "b.wav")
    (source / "b.wav").symlink_to(tmp_path / "out" / "b.wav")
    (source / "z.wav").symlink_to("/dev/zero")
    report = import_dataset(source, tmp_path / "p")
    assert report.sounds == 1 and {item.path for item in report.left} == {"b.wav", "z.wav"}
    assert import_dataset(source, tmp_path / "q", follow=True).sounds == 2


def test_a_look_before_says_what_the_import_then_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def told_of(source: Path, project: Path, *more: str) -> dict[str, Any]:
        capsys.readouterr()
        assert main(["import", str(source), "--project", str(project), "--json", *more]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    images = tmp_path / "images"
    for name in ("a", "b", "c"):
        labelled(images, f"JPEGImages/{name}.jpg", ["cat", "dog"], annotations="Annotations")
    add_image(images, "JPEGImages/bare.jpg")
    (images / "ImageSets" / "Main").mkdir(parents=True)
    for part, name in (("train", "a"), ("val", "b"), ("test", "c")):
        (images / "ImageSets" / "Main" / f"{part}.txt").write_text(f"{name}.jpg\n")
    (images / "a.txt").write_text("0 0.5 0.5 0.1 0.1\n")
    both = sounds(tmp_path / "copies", "rec.wav", "rec.flac")
    (both / "rec.txt").write_text("0.01\t0.05\tlow\n")
    for source in (images, part_csv(tmp_path / "sounds"), both):
        before, project = tmp_path / "nothing", tmp_path / f"{source.name} in"
        planned = told_of(source, before, "--check")
        assert planned["planned"] and not before.exists()
        done = told_of(source, project)
        for name in ("images", "annotations", "sounds", "unlabelled", "split", "notes",
                     "left_behind"):
            assert planned[name] == done[name], (source.name, name)
    assert main(["import", str(images), "--project", str(tmp_path / "nothing"), "--check"]) == 0
    assert "4 images and 3 annotations would be copied." in capsys.readouterr().out
