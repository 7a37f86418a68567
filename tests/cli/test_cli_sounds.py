"""The shell on sounds, from a folder of clips to a class that is heard."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import tiny_sounds
from PIL import Image

from workbench.cli import main

SHORT = ["--device", "cpu", "--epochs", "8", "--set", "batch_size=8"]


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert main(list(arguments)) == 0
    return capsys.readouterr().out


def test_the_whole_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tiny_sounds.make_sounds(tmp_path / "clips")
    project = tmp_path / "project"
    report = json.loads(told(capsys, "import", str(source), "--project", str(project), "--json"))
    assert report["sounds"] == 36 and report["classes"] == list(tiny_sounds.CLASSES)
    again = json.loads(told(capsys, "import", str(source), "--project", str(project), "--json"))
    assert again["sounds"] == 0 and again["already"] == 36
    assert told(capsys, "doctor", str(project)).strip() == "All files are fine."
    out = told(capsys, "train", str(project), *SHORT, "--set", "split.test_groups=cem")
    assert "12 for testing" in out and "accuracy" in out
    data = json.loads(told(capsys, "evaluate", str(project), "--json"))
    assert data["split"] == "test" and data["samples"] == 12 and 0 <= data["accuracy"] <= 1
    assert data["confusion"]["classes"] == [*tiny_sounds.CLASSES, "none"]
    assert np.sum(data["confusion"]["matrix"]) == 12 and data["roc_auc"] is not None
    assert [item["name"] for item in data["per_class"]] == list(tiny_sounds.CLASSES)
    _reported(tmp_path / "report.html", project, data, capsys)
    _predicted(tmp_path, project, capsys)
    _tells_what_is_gone(tmp_path, project, capsys)
    assert "accuracy" in told(capsys, "evaluate", str(project))
    assert data["doubt"] == ""
    learned = told(capsys, "evaluate", str(project), "--split", "train")
    assert "Scores are from the training sounds" in learned
    assert "accuracy" in told(capsys, "runs", str(project))


def _reported(path: Path, project: Path, data: dict[str, Any],
              capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "evaluate", str(project), "--report", str(path))
    html = path.read_text("utf-8")
    wrong = data["samples"] - int(np.trace(data["confusion"]["matrix"]))
    assert html.count("data:image/png;base64,iVBOR") == wrong
    assert f"{data['accuracy']:.3f}" in html and data["run"] in html


def _tells_what_is_gone(tmp_path: Path, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = shutil.copytree(project, tmp_path / "copy")
    first, second, *others = sorted((copy / "audio").glob("*_cem_*.wav"))
    first.unlink()
    second.write_bytes(b"RIFF")
    capsys.readouterr()
    assert main(["evaluate", str(copy)]) == 0
    found = capsys.readouterr()
    assert "on test: 10 sounds" in found.out and "1 file cannot be read" in found.err
    assert "1 of the 12 sounds of “test” is gone or without labels, and left out." in found.err
    for path in (second, *others):
        path.unlink()
    assert main(["evaluate", str(copy), "--split", "test"]) == 2
    assert "in “test”; there are some in: train, val" in capsys.readouterr().err


def _predicted(tmp_path: Path, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rate = 16000  # another rate than that of the clips, and much longer
    room = np.zeros(rate)
    wave = np.concatenate([room, tiny_sounds.sound("high", 7, 0.4, rate), room])
    soundfile.write(tmp_path / "long.wav", wave, rate)
    short = project / "audio" / "low_cem_0.wav"
    files = json.loads(told(capsys, "predict", str(project), str(short),
                            str(tmp_path / "long.wav"), "--json"))
    assert set(files[0]) == {"file", "label", "scores", "seconds"}
    assert set(files[0]["scores"]) == set(tiny_sounds.CLASSES)
    assert sum(files[0]["scores"].values()) == pytest.approx(1, abs=1e-3)
    assert all(0.8 < part["start"] < part["end"] < 1.6 for part in files[1]["regions"])
    lines = told(capsys, "listen", str(project), "--file", str(tmp_path / "long.wav"), "--json")
    looks = [json.loads(line) for line in lines.splitlines()]
    assert {"time", "label", "scores", "level_db", "latency"} == set(looks[0])
    assert looks[0]["label"] == ""
    said = told(capsys, "listen", str(project), "--file", str(tmp_path / "long.wav"),
                "--threshold", "1")
    assert said.splitlines()[-1] == "Nothing reached 1; --threshold X asks for less."


def test_official_splits_and_wrong_wishes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tiny_sounds.make_sounds(tmp_path / "clips", each=7)
    out = told(capsys, "train", str(project), "--check", "--set", "split=official",
               "--device", "cpu")
    assert "45 for testing" in out  # numbers 0 to 4 of three speakers and three classes
    assert main(["train", str(project), "--split", "nowhere", "--device", "cpu"]) == 2
    assert "nowhere" in capsys.readouterr().err
    assert main(["listen", str(project)]) == 2
    assert "train one first" in capsys.readouterr().err


def test_images_beside_labelled_sounds_are_left_out_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tiny_sounds.make_sounds(tmp_path / "clips", each=1)
    Image.new("RGB", (20, 20)).save(project / "cover.png")
    out = told(capsys, "train", str(project), "--check", "--device", "cpu")
    assert "sound" in out
    assert "There are sounds and images here: the 1 image is left out." in out


def test_lists_of_speech_commands_become_the_split(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "commands"
    names = []
    for label in ("up", "down", "_background_noise_"):
        (source / label).mkdir(parents=True)
        for index in range(4):
            name = f"{label}/{index:08x}_nohash_0.wav"
            soundfile.write(source / name, tiny_sounds.sound("low", index), 8000)
            names.append(name)
    (source / "testing_list.txt").write_text("up/00000000_nohash_0.wav\n")
    (source / "validation_list.txt").write_text("up/00000001_nohash_0.wav\n")
    project = tmp_path / "project"
    report = json.loads(told(capsys, "import", str(source), "--project", str(project), "--json"))
    assert report["classes"] == ["down", "up"]
    assert report["split"] == {"train": 6, "val": 1, "test": 1}


def test_what_is_no_sound_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    sounds = tiny_sounds.make_sounds(tmp_path / "clips")
    assert main(["train", str(sounds), *SHORT[:3], "1"]) == 0
    picture = next(project.rglob("*.png"))
    notes, lying = tmp_path / "notes.txt", tmp_path / "lying.wav"
    notes.write_text("not a sound")
    lying.write_text("not a sound either")
    (tmp_path / "empty").mkdir()
    (tmp_path / "phone").mkdir()
    (tmp_path / "phone" / "a.m4a").write_bytes(b"")
    capsys.readouterr()
    clip = sounds / "high_ann_0.wav"
    assert main(["predict", str(sounds), str(notes), str(lying), str(picture), str(clip),
                 str(tmp_path / "empty"), str(tmp_path / "phone"), "--json"]) == 1
    out, err = capsys.readouterr()
    assert [item["file"] for item in json.loads(out)] == [str(clip)]
    assert f"{notes} is a text file; this run knows sounds only" in err
    assert f"{lying} is a text file" in err and f"{picture} is an image" in err
    assert f"{tmp_path / 'empty'} holds no sounds\n" in err
    assert (f"{tmp_path / 'phone'} holds no sounds. Not read: a.m4a (1 file): a sound of a kind "
            "that is not read (M4A): add it in Audio, which makes FLAC of it\n") in err
