"""A project whose images have other classes than the folders they are in, and what is there."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from tests.project.helpers import add_image
from workbench.formats.scores import ScoreSet, save_scores
from workbench.project.datasets.splits import Split, save_split
from workbench.project.manifest import Manifest
from workbench.tasks.image_classification.moving import Moves, journal_path

MOVED = {"train/ant/0.png": "train/bee/0-2.png", "train/ant/1.png": "train/bee/1.png",
         "test/bee/7.png": "test/wasp/7.png", "train/new.png": "train/ant/new.png"}


def stop_before(project: Path, moves: Moves) -> None:
    """What a process leaves behind that is killed before the first image was moved."""
    journal_path(project).parent.mkdir()
    journal_path(project).write_text(json.dumps(asdict(moves)), "ascii")


def make_project(folder: Path) -> Path:
    """Labels of four images are others than their folders; one has a file of boxes."""
    for number, key in enumerate(("train/ant/0.png", "train/ant/1.png", "train/ant/2.png",
                                  "train/bee/0.png", "test/bee/7.png", "train/new.png")):
        add_image(folder, key, number)
    (folder / "train/ant/1.xml").write_text("<annotation></annotation>", "utf-8")
    Manifest("insects").save(folder)
    (folder / "labels.csv").write_bytes(
        b"file;label;who\r\ntrain/ant/0.png;bee;me\r\ntrain/ant/1.png;bee;\r\n"
        b"test/bee/7.png;wasp;\r\nnew.png;ant;you\r\n")
    split = Split(train=["train/ant/0.png", "train/ant/2.png", "train/new.png"],
                  val=["train/ant/1.png", "train/bee/0.png"], test=["test/bee/7.png"])
    save_split(folder, split)
    run = folder / "runs" / "2026-11-29-instant"
    save_split(run, split)
    save_scores(run / "predictions-val.npz", ScoreSet(
        list(split.val), np.zeros((2, 2)), np.array([1, 1]),
        np.array([[0.25, 0.75], [0.5, 0.5]], np.float32), ["ant", "bee"],
        {"unreadable": ["train/ant/0.png"]}))
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"}
