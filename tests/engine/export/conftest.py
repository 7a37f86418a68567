"""A compact detector that has learned for a few seconds, exported once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from tests.conftest import shared_data
from tests.support.made_once import made_once
from workbench.engine.export.export import export_run
from workbench.engine.training.control import TrainControl
from workbench.engine.training.train import train
from workbench.jobs.commands import TrainRequest
from workbench.project.runs import RunFolder, list_runs

SCORE = 0.1
"""Threshold that the model is exported with: it has learned too little for a higher one."""


@pytest.fixture(scope="session")
def learned(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run of compact-n on sixteen blood images: 48 small steps, in which it finds cells."""
    torch.set_num_threads(1)
    run, = list_runs(made_once(tmp_path_factory, "learned", _learn))
    return run


def _learn(project: Path) -> None:
    _copy_some(shared_data("bccd"), project)
    request = TrainRequest(recipe="compact-n", epochs=6, device="cpu", start_from="none",
                           settings={"image_size": 128, "batch_size": 2, "augment": False})
    train(project, request, lambda event: None, TrainControl())


def _copy_some(source: Path, project: Path) -> None:
    names = sorted(path.stem for path in (source / "JPEGImages").glob("*.jpg"))[:20]
    for folder, suffix in (("JPEGImages", ".jpg"), ("Annotations", ".xml")):
        (project / folder).mkdir(parents=True)
        for name in names:
            shutil.copy(source / folder / f"{name}{suffix}", project / folder)
    sets = project / "ImageSets" / "Main"
    sets.mkdir(parents=True)
    (sets / "train.txt").write_text("\n".join(names[:16]))
    (sets / "val.txt").write_text("\n".join(names[16:]))


@pytest.fixture(scope="session")
def exported(learned: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model of ``learned`` as an ONNX file."""
    file = tmp_path_factory.mktemp("exported") / "cells.onnx"
    result = export_run(learned.project, learned, file, lambda event: None, score_thresh=SCORE,
                        nms_thresh=0.4)
    assert result["checked"] == 4 and result["bytes"] == file.stat().st_size
    assert result["box_difference"] < 0.1 and result["score_difference"] < 0.001
    return file
