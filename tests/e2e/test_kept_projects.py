"""Projects that earlier versions made open for ever: kept as they were, with runs and labels.

``tests/data/kept_projects/VERSION`` holds what that version wrote, and ``figures.json`` what it
printed. Nothing in there is ever made anew; another version adds another folder.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from workbench.cli import main
from workbench.core.errors import Problem
from workbench.project.doctor import doctor
from workbench.project.runs import list_runs

KEPT = Path(__file__).parents[1] / "data" / "kept_projects"
VERSIONS = sorted(folder.name for folder in KEPT.iterdir())
RESUMED = "resumed"


def figures_of(version: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((KEPT / version / "figures.json").read_text())
    return found


MEASURED = [(version, name) for version in VERSIONS for name in figures_of(version)
            if name != RESUMED]


@pytest.fixture
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of what one version made."""
    version = getattr(request, "param", VERSIONS[0])
    return Path(shutil.copytree(KEPT / version, tmp_path / "kept"))


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    capsys.readouterr()
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("stored", [True, False], ids=["stored predictions", "predicted anew"])
@pytest.mark.parametrize(("kept", "name"), MEASURED, indirect=["kept"])
def test_a_kept_run_is_measured_as_it_was(
    kept: Path, name: str, stored: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = json.loads((kept / "figures.json").read_text())[name]
    project, run = kept / name, expected["run"]
    if not stored:
        for path in (project / "runs" / run).glob("predictions-*.npz"):
            path.unlink()
    # at one score: since then a model of areas brings its own along, where that is known
    score = ["--score-thresh", "0.5"] if "miou" in expected else []
    found = printed(capsys, "evaluate", str(project), "--run", run, "--split", "test", *score)
    assert {key: found[key] for key in expected} == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize(("kept", "name"), MEASURED, indirect=["kept"])
def test_kept_projects_have_nothing_to_mend(kept: Path, name: str) -> None:
    found: list[Problem] = list(doctor(kept / name))
    assert [item.reason for item in found if item.severity == "error"] == []


def test_an_interrupted_run_goes_on(kept: Path) -> None:
    from workbench.engine.training.control import TrainControl
    from workbench.engine.training.train import resume
    from workbench.jobs.events import Epoch, Event

    expected = json.loads((kept / "figures.json").read_text())[RESUMED]
    project, control = kept / "boxes", TrainControl()
    epochs: list[int] = []

    def emit(event: Event) -> None:
        if isinstance(event, Epoch):
            epochs.append(event.epoch)
            control.stop()

    run = resume(project, expected["run"], emit, control)
    assert epochs == [expected["next_epoch"]]
    assert run.state["state"] == "stopped"


def test_kept_runs_are_listed_with_what_they_reached(kept: Path) -> None:
    runs = {run.name: run for name in ("boxes", "sounds") for run in list_runs(kept / name)}
    assert {name: run.state["state"] for name, run in runs.items()} == {
        "2026-11-28-compact-n": "finished", "2026-11-28-blob-2": "interrupted",
        "2026-11-28-sound-cnn-plain": "finished"}
