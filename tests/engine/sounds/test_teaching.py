"""A classifier of sounds learns from what another one is sure of on clips without labels."""

from __future__ import annotations

import shutil
from pathlib import Path

import soundfile
import tiny_sounds

from tests.engine.steering import Listener, request
from workbench.engine.training.teaching import read_pseudo_labels
from workbench.engine.training.train import train
from workbench.jobs.events import Finished
from workbench.project.runs import RunFolder


def test_a_student_learns_sounds_and_is_judged(heard: RunFolder, tmp_path: Path) -> None:
    folder = tmp_path / "sounds"
    shutil.copytree(heard.project, folder)
    for number, label in enumerate(("high", "noise")):
        soundfile.write(folder / f"unknown{number}.wav", tiny_sounds.sound(label, 900 + number),
                        tiny_sounds.RATE)
    soundfile.write(folder / "long.wav", tiny_sounds.sound("high", 3, 4.0), tiny_sounds.RATE)
    listen = Listener()
    run = train(folder, request(1, recipe="auto", teacher=heard.name, settings={
        "split.test_groups": "cem", "batch_size": 8}), listen, listen.control)
    assert [(item["file"], item["labels"]) for item in read_pseudo_labels(run)] == [
        ("unknown0.wav", ["high"]), ("unknown1.wav", ["noise"])], "long.wav says nothing"
    verdict = listen.of(Finished)[0].result["verdict"]
    assert "than its teacher: accuracy" in verdict["words"] and verdict["samples"] == 12
