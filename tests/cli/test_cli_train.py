"""``workbench train``: what it says, how it is stopped and goes on, and what it starts from."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tiny_project import make_project

from workbench.cli import main
from workbench.engine.training import preflight
from workbench.engine.training.plan import TrainPlan
from workbench.jobs.events import Finished
from workbench.jobs.protocol import decode_event
from workbench.project.runs import RunFolder, list_runs

TRAIN = ["--recipe", "tiny", "--device", "cpu"]


@pytest.mark.parametrize("flag", [
    ("--epochs", str(10**20)), ("--epochs", "0"), ("--minutes", "1e400"), ("--minutes", "nan"),
    ("--seed", str(10**20))])
def test_numbers_that_cannot_be_leave_no_run(
        flag: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = make_project(tmp_path / "shapes")
    assert main(["train", str(project), *TRAIN, *flag]) == 2
    assert f"{flag[0][2:]} must be" in capsys.readouterr().err
    assert list_runs(project) == []


def test_a_training_starts_from_the_last_run_by_that_word(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = make_project(tmp_path / "shapes", images=6, val=2, test=1)
    last = ["train", str(project), *TRAIN, "--epochs", "1", "--start-from", "last"]
    assert main(last) == 2 and "train one first" in capsys.readouterr().err
    assert main(["train", str(project), *TRAIN, "--epochs", "1"]) == 0
    assert main(last) == 0
    newest, first = list_runs(project)
    assert newest.config["start_from"]["path"] == str(first.best_path)


def test_the_last_run_is_one_of_the_same_task_that_can_be_read(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = make_project(tmp_path / "shapes", images=6, val=2, test=1)
    assert main(["train", str(project), *TRAIN, "--epochs", "1"]) == 0
    first, = list_runs(project)
    for recipe, task in (("areas-n", "segmentation"), ("tiny", "detection")):
        other = RunFolder.create(project, recipe, {"recipe": recipe, "task": task})
        shutil.copy(first.best_path, other.best_path)
    (other.path / "config.json").write_text("{")  # damaged
    last = ["train", str(project), *TRAIN, "--epochs", "1", "--start-from", "last", "--check"]
    capsys.readouterr()
    assert main(last) == 0
    assert "Tiny from Tiny #1" in capsys.readouterr().out
    assert main(["train", str(project), "--recipe", "instant", "--start-from", "last"]) == 2
    assert "has no run with a model for “" in capsys.readouterr().err


def test_train_tells_one_event_a_line(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["train", str(project), *TRAIN, "--epochs", "2", "--seed", "3", "--json"]
    assert main(arguments) == 0
    captured = capsys.readouterr()
    assert "a library that talks" in captured.err  # and nothing of it among the events
    events = [decode_event(line) for line in captured.out.splitlines()]
    assert isinstance(events[-1], Finished) and events[-1].state == "finished"
    run = list_runs(project)[0]
    assert events[-1].result["run"] == run.name and run.config["seed"] == 3


def test_train_speaks_to_people(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(project), *TRAIN, "--epochs", "1"]) == 0
    out = capsys.readouterr().out
    assert "9 images for training, 4 for validation, 3 for testing" in out
    assert "epoch   1  loss" in out and "Finished: " in out


def test_check_says_what_would_happen(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(project), *TRAIN, "--check", "--epochs", "4"]) == 0
    assert "16 images, 2 classes" in capsys.readouterr().out
    assert not list_runs(project)


def test_stop_with_control_c_then_resume(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = make_project(tmp_path / "p")
    command = [sys.executable, "-m", "workbench", "train", str(project), *TRAIN, "--json",
               "--epochs", "6", "--set", "tiny.slow=0.1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env=dict(os.environ))
    assert process.stdout is not None and process.stderr is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if '"event": "epoch"' in line:
            process.send_signal(signal.SIGINT)
            break
    rest, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    events = [decode_event(line) for line in [*lines, *rest.splitlines()]]
    assert isinstance(events[-1], Finished) and events[-1].state == "stopped"
    assert "Stopping; the best model is kept" in errors
    assert "{broken json from a C library" in errors  # written to descriptor 1 by the recipe
    run = list_runs(project)[0]
    assert run.state["state"] == "stopped" and run.best_path.is_file()
    assert main(["train", str(project), "--resume", run.name]) == 0
    out = capsys.readouterr().out
    assert "resumes at epoch" in out and "Finished" in out
    assert main(["train", str(project), "--resume", run.name]) == 2  # there is nothing to go on


def test_control_c_in_a_check_cancels_it_and_speaks_of_no_model(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    build = preflight.build_bare

    def interrupted(plan: TrainPlan) -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        return build(plan)

    monkeypatch.setattr(preflight, "build_bare", interrupted)
    assert main(["train", str(project), *TRAIN, "--check"]) == 1
    out, err = capsys.readouterr()
    told = out + err
    assert "Cancelling.\n" in told and "Cancelled.\n" in told and "best model" not in told


@pytest.mark.parametrize("more", [()])  # --json in tests/reliability/test_variants.py
def test_a_reader_that_is_gone_does_not_end_a_training(tmp_path: Path, more: tuple[str, ...],
                                                       ) -> None:
    """``workbench train … | head -1``"""
    project = make_project(tmp_path / "p")
    command = [sys.executable, "-m", "workbench", "train", str(project), *TRAIN, *more,
               "--epochs", "3", "--set", "tiny.slow=0.05"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
    assert process.returncode == 0, errors
    (run,) = list_runs(project)
    assert (run.state["state"], run.state["epoch"]) == ("finished", 3)
    assert run.state["metrics"]["test"]
