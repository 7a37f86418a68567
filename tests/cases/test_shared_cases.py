"""The folders of real faults beside the project: each import says what is so and loses no label.

The right answers were found by looking into the files by hand.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.conftest import SHARED
from tests.support.model_input import load_image
from workbench.cli import main
from workbench.media.images.readable import picture_info
from workbench.project.datasets.images import load_dataset
from workbench.project.datasets.sounds import read_clips

CASES = SHARED.parent / "cases"
NOTHING = "there are no images and no sounds in this folder"
FINE = "All files are fine."


@dataclass(frozen=True)
class Prediction:
    """What is right for a folder: the import's first line, what else it says, what is in the
    project (boxes by class; sounds by their label and regions by theirs), doctor's last line, and
    why a training is refused."""

    first: str
    says: tuple[str, ...] = ()
    labels: dict[str, int] = field(default_factory=dict)
    doctor: str = FINE
    refused: str = ""
    rc: int = 0
    never: tuple[str, ...] = ()


def noted(errors: int, notes: int) -> str:
    files, words = "file" if errors == 1 else "files", "note" if notes == 1 else "notes"
    return f"{errors} {files} that cannot be used, {notes} {words}."


IMAGES = {
    "16bit": Prediction("4 images and 4 annotations were copied.", (), {"red": 4}, noted(0, 1)),
    "cvat_sub": Prediction(
        "8 images and 8 annotations were copied.",
        ("The split comes from ImageSets/Main (3 train, 1 val, 0 test).",
         "4 labelled images are in no list of ImageSets/Main and are left out.",
         "default.txt of ImageSets/Main does not say train, val or test and was not used."),
        {"red": 2, "blue": 2}),
    "degenerate": Prediction(
        "8 images and 8 annotations were copied.",
        ("8 images have boxes without area inside the image, which are not used",), {},
        noted(0, 8), "there is no box that can be used on any of the 8 labelled images"),
    "exif_boxes": Prediction(
        "4 images and 4 annotations were copied.",
        ("The boxes of 4 images were made on the pictures before they were turned",),
        {"red": 4, "blue": 4}, noted(0, 4)),
    "f64": Prediction(
        "2 images and 2 annotations were copied; 2 things should be looked at.",
        ("64-bit TIFF is not supported.", "5-band TIFF is not supported.",
         "1 file has several pages: only the first of it is used."), {}, noted(2, 1),
        "a0.tif was left out: 64-bit TIFF is not supported; 1 other file too"),
    "floattif": Prediction("2 images and 2 annotations were copied.", (), {"red": 2, "blue": 2},
                       noted(0, 1)),
    "formats": Prediction(
        "8 images and 8 annotations were copied; 2 things should be looked at.",
        ("JPEG 2000 is not supported.", "5-band TIFF is not supported.",
         "The boxes of 1 image were made on the picture before it was turned"),
        {"red": 6, "blue": 6}, noted(2, 3)),
    "imagesets": Prediction(
        "12 images and 12 annotations were copied.",
        ("The split comes from ImageSets/Main (8 train, 4 val, 0 test).",),
        {"red": 12, "blue": 12}),
    "imagesets_blank": Prediction(
        "12 images and 12 annotations were copied.",
        ("The split comes from ImageSets/Main (8 train, 2 val, 0 test).", "gone_1",
         "2 labelled images are in no list of ImageSets/Main and are left out."),
        {"red": 10, "blue": 10}),
    "other_coco": Prediction("1 image and 0 annotations were copied.",
                         ("_annotations.coco.json (1 file): labels of COCO (JSON)",),
                         refused="there is no label on the only image"),
    "other_heic": Prediction(  # nothing but their first bytes
        "2 images and 0 annotations were copied; 2 things should be looked at.",
        ("IMG_0001.HEIC could not be read: the image has no header.",), {}, noted(2, 0),
        "there is no label on any of the 2 images"),
    "other_jp2": Prediction("1 image and 0 annotations were copied.", ("(JPEG 2000)",), {},
                            refused="there is no label on the only image"),
    "other_labelmejson": Prediction("1 image and 1 annotation were copied.", (), {}),
    "other_yolo": Prediction("1 image and 1 annotation were copied.", (), {"red": 2}),
    "rotmixed": Prediction("12 images and 12 annotations were copied.",
                       (), {"red": 12, "ship": 12}),
    "stray": Prediction("4 images and 4 annotations were copied.", (), {"red": 4, "blue": 4}),
    "swapped": Prediction(
        "12 images and 12 annotations were copied.",
        ("12 boxes in 12 images have their corners swapped and are used the right way round",),
        {"red": 12}, noted(0, 12)),
    "tiff_orientation": Prediction("16 images and 0 annotations were copied.", (),
                               refused="there is no label on any of the 16 images"),
    "writers": Prediction(
        "24 images and 24 annotations were copied; 3 things should be looked at.",
        ("deleted.xml could not be read: line 1, xmax is empty.",
         "nan.xml could not be read: line 6, xmin is not a number.",
         "tuple.xml could not be read: line 6, xmin is not a number.",
         "The boxes of 1 image were made for an image of another size", "size_wrong.xml",
         "2 objects in 2 images have no name or no box and are not read",
         "(empty_name.xml, labelme.xml)",
         "2 images have boxes without area inside the image", "(outside.xml, zeroarea.xml)",
         "1 box in 1 image has its corners swapped and is used the right way round"),
        {"red": 16, "blue": 7, "ship": 1, "Red": 1, "person": 1}, noted(3, 18)),
    "zipped": Prediction("", (NOTHING, "an archive with 1 image and 1 XML file: import it"), rc=2),
}

SOUNDS = {
    "s01_oneclass": Prediction(
        "12 sounds were copied.",
        ("the folders' names (12 of 12 sounds, 1 class); --labels folders takes it",),
        refused="there is no labelled sound to train on"),
    "s03_unfinished": Prediction(
        "4 sounds were copied; 3 things should be looked at.",
        tuple(f"{name}.wav was never closed by its recorder; it is read to the end of the file "
              "(10.0 s)." for name in ("riff36_size0", "size0", "sizeff")),
        doctor=noted(0, 3), refused="there is no labelled sound to train on"),
    "s04_m4a": Prediction(
        "14 sounds were copied.", ("Taken as FLAC: 13 sounds (M4A).",),
        {"cats": 5, "dogs": 5, "only": 4}),
    "s05_audacity": Prediction(
        "8 sounds and 8 tables were copied; 3 things should be looked at.",
        ("mixed.txt: line 2", "nan.txt: line 1", "reversed.txt: line 1, the label ends before it "
         "begins"), {"dog": 5, "cat": 4, "Grünfink": 1, "Mönchsgrasmücke": 1}, noted(3, 0),
        never=("--labels",)),
    "s07_raven_many": Prediction("6 sounds and 6 tables were copied.", (), {"jay": 6, "owl": 12},
                             never=("folders", "names of the form")),
    "s15_caps": Prediction("18 sounds were copied.",
                       ("Labels come from the folders' names (18 of 18 sounds, 2 classes).",),
                       {"tit": 9, "wren": 9}),
    "s16_csv": Prediction(
        "100 sounds were copied.",
        ("(86 of 100 sounds, 4 classes).", "20 sounds have several classes in the table; the first "
         "one is used.", "cp1252/metadata.csv", "third/metadata.csv"),
        {"none_of": 33, "bird": 33, "none_ofü": 10, "birdü": 10}),
    "s19_beyond": Prediction(
        "1 sound and 1 table were copied; 1 thing should be looked at.",
        ("6 of 9 labels of cut.wav lie beyond its end (10.0 s) and cannot be used",),
        {"jay": 2, "owl": 1}, noted(0, 1)),
    "s22_mixed": Prediction(
        "40 sounds were copied.",
        ("Labels come from src/site_A/metadata.csv, src/site_B/metadata.csv (40 of 40 sounds, "
         "2 classes).",), {"none_of": 20, "bird": 20}),
    "s23_partcsv": Prediction(
        "24 sounds were copied.",
        ("Labels come from src/labels.csv, src5/labels.csv (11 of 24 sounds, 2 classes).",
         "src/labels.csv, src5/labels.csv name 2 sounds that are not here."),
        {"thrush": 6, "crow": 5}),
    "s24_twins": Prediction(
        "4 sounds and 2 tables were copied.",
        ("rec.txt was taken for rec.wav; rec.mp3 of the same name stayed without labels.",
         "two.txt was taken for two.wav; two.WAV of the same name stayed without labels."),
        {"low": 6, "high": 6}),
    "s25_sonicvis": Prediction(
        "1 sound and 1 table were copied; 1 thing should be looked at.",
        ("rec.txt gives start and duration, not start and end, and was read so.",),
        {"low": 2, "high": 2}, noted(0, 1)),
    "s27_birdnet": Prediction(
        "2 sounds and 2 tables were copied.", (), {"Tawny Owl": 2}),
}


def case(kind: str, name: str) -> Path:
    folder = CASES / kind / name
    if not folder.is_dir():
        pytest.skip(f"the case {kind}/{name} is not on this machine")
    return folder


def check(
    source: Path, project: Path, answer: Prediction, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", str(source), "--project", str(project)]) == answer.rc
    out, error = capsys.readouterr()
    said = out + error
    assert out.partition("\n")[0] == answer.first
    assert [words for words in answer.says if words not in said] == [], said
    assert [words for words in answer.never if words in said] == [], said
    assert "Traceback" not in said
    if answer.rc:
        assert not (project / "workbench.toml").exists()
        return
    assert main(["doctor", str(project)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == answer.doctor
    if answer.refused:
        assert main(["train", str(project), "--check", "--device", "cpu"]) == 1
        assert answer.refused in capsys.readouterr().err


@pytest.mark.parametrize("name", IMAGES)
def test_images(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer, project = IMAGES[name], tmp_path / "project"
    check(case("images", name), project, answer, capsys)
    if not answer.rc:
        data = load_dataset(project)
        assert answer.labels == Counter(
            item.label for part in (data.train, data.val, data.test) for record in part
            for item in record.objects)


@pytest.mark.parametrize("name", SOUNDS)
def test_sounds(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer, project = SOUNDS[name], tmp_path / "project"
    check(case("sounds", name), project, answer, capsys)
    labels: Counter[str] = Counter()
    for record in read_clips(project)[0]:
        labels.update(region.label for region in record.regions
                      if region.start < record.info.duration)
        labels.update([record.label] if record.label else [])
    assert labels == answer.labels


def test_every_way_up_is_turned_once() -> None:
    folder = case("images", "tiff_orientation")
    for path in (*folder.glob("*.jpg"), *folder.glob("*.tif")):
        with Image.open(path) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
        info = picture_info(path)
        assert (info.width, info.height) == upright.size, path.name
        learned = load_image(path, upright.size)[0].transpose(1, 2, 0).astype(int)
        assert abs(learned - np.asarray(upright, int)).mean() < 2, path.name


def test_an_archive_is_imported_as_it_is(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = case("images", "zipped") / "export.zip"
    assert main(["import", str(archive), "--project", str(tmp_path / "p")]) == 0
    assert "1 image and 1 annotation were copied." in capsys.readouterr().out


def test_an_image_that_claims_to_be_huge(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case("hostile", "")
    for suffix in ("png", "xml"):
        data = (CASES / "hostile" / f"MIN_lie.{suffix}").read_bytes()
        (tmp_path / f"MIN_lie.{suffix}").write_bytes(data)
    assert main(["doctor", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == noted(1, 0)
    assert main(["train", str(tmp_path), "--check", "--device", "cpu"]) == 1
    assert "which do not fit into the free memory" in capsys.readouterr().err
