"""One rule says what a folder is about, for the window, the shell and the engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from tests.project.helpers import Owner
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.shapes import Box
from workbench.formats.voc import new_voc
from workbench.gui.app.task import task_of
from workbench.project.manifest import Manifest
from workbench.project.runs import RunFolder
from workbench.project.session import Session
from workbench.project.task import left_out_in, task_of_folder

DETECTION, SOUNDS, CLASSES = "detection", "audio-classification", "image-classification"

SPOKEN = [f"{word}_{who}_{number}.wav" for word in ("yes", "no") for who in ("ann", "bob")
          for number in range(3)]


def images(folder: Path, labelled: bool = False) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("a", "b"):
        Image.new("RGB", (20, 20)).save(folder / f"{name}.png")
    if labelled:
        annotation = Annotation((LabeledObject("cat", Box(1, 1, 9, 9)),), size=(20, 20))
        (folder / "a.xml").write_bytes(new_voc(annotation, image_path=folder / "a.png", depth=3))


def sounds(folder: Path, names: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        soundfile.write(folder / name, np.zeros(800), 8000)


def say(folder: Path, task: str) -> None:
    (folder / "workbench.toml").write_text(f'task = "{task}"\n', "utf-8")


CASES = {
    "nothing": (lambda folder: folder.mkdir(), DETECTION),
    "only sounds": (lambda folder: sounds(folder, ["a.wav"]), SOUNDS),
    "only sounds, said unasked by an old version":
        (lambda folder: (sounds(folder, ["a.wav"]), say(folder, DETECTION)), SOUNDS),
    "only images": (lambda folder: images(folder), DETECTION),
    "images beside a nameless sound":
        (lambda folder: (images(folder), sounds(folder, ["voice.wav"])), DETECTION),
    "images beside labelled sounds":
        (lambda folder: (images(folder), sounds(folder / "audio", SPOKEN)), SOUNDS),
    "labelled images beside labelled sounds":
        (lambda folder: (images(folder, True), sounds(folder, SPOKEN)), DETECTION),
    "labelled images, but it says sounds":
        (lambda folder: (images(folder, True), sounds(folder, SPOKEN), say(folder, SOUNDS)),
         SOUNDS),
    "a folder of images for each class":
        (lambda folder: (images(folder / "ant"), images(folder / "bee")), CLASSES),
    "folders of labelled images":
        (lambda folder: (images(folder / "ant", True), images(folder / "bee")), DETECTION),
    "images beside labelled sounds, but it says images":
        (lambda folder: (images(folder), sounds(folder, SPOKEN), say(folder, DETECTION)),
         DETECTION),
}


@pytest.mark.parametrize("case", CASES)
def test_the_open_project_and_the_folder_agree(case: str, tmp_path: Path) -> None:
    make, expected = CASES[case]
    folder = tmp_path / "project"
    make(folder)
    assert task_of_folder(folder) == expected
    owner = Owner()
    session = Session.open(folder, post=owner.post)
    try:
        owner.ready(session)
        assert task_of(session) == expected
    finally:
        session.close()


def test_what_is_left_out_is_told(tmp_path: Path) -> None:
    both = tmp_path / "both"
    images(both)
    sounds(both, SPOKEN)
    assert left_out_in(both, SOUNDS) == (
        "There are sounds and images here: the 2 images are left out.")
    assert "the sounds are left out" in left_out_in(both, DETECTION)
    images(tmp_path / "one")
    assert left_out_in(tmp_path / "one", DETECTION) == ""


def test_a_manifest_says_the_task_of_its_run_or_none(tmp_path: Path) -> None:
    sounds(tmp_path / "clips", SPOKEN)
    RunFolder.create(tmp_path / "clips", "sound-cnn", {"classes": ["a"], "task": SOUNDS})
    assert Manifest.load(tmp_path / "clips").task == SOUNDS
    manifest = Manifest.load(tmp_path)
    manifest.save(tmp_path)
    assert "task =" not in (tmp_path / "workbench.toml").read_text("utf-8")
    assert Manifest.load(tmp_path).task == ""
