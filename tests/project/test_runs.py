"""Run folders: names, state, events, and runs whose process has died."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from workbench.core.errors import FormatError, UsageError, WorkbenchError
from workbench.project import runs
from workbench.project.runs import RunFolder, list_runs, move_old_trash, restore
from workbench.project.trash import forget_old

DAY = date(2026, 11, 20)


def create(project: Path, recipe: str = "compact-n") -> RunFolder:
    return RunFolder.create(project, recipe, {"recipe": recipe, "seed": 0}, day=DAY)


def finished(project: Path) -> RunFolder:
    run = create(project)
    run.write_state(state="finished")
    return run


def test_a_run_whose_config_cannot_be_written_leaves_nothing(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise WorkbenchError("the disk is full", path=tmp_path)

    with monkeypatch.context() as patch:
        patch.setattr(runs, "write_atomic", full)
        with pytest.raises(WorkbenchError, match="the disk is full"):
            create(tmp_path)
    assert list((tmp_path / "runs").iterdir()) == []
    assert create(tmp_path).name == "2026-11-20-compact-n"


def test_a_full_disk_still_holds_how_a_run_has_ended(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise WorkbenchError("the disk is full", path=tmp_path)

    run = create(tmp_path)
    run.write_state(metrics={"best_epoch": 3}, message="a longer text than the one that comes")
    monkeypatch.setattr(runs, "write_atomic", full)
    with pytest.raises(WorkbenchError, match="the disk is full"):
        run.write_state(epoch=4)
    run.write_state(state="failed", message="full")
    assert (run.state["state"], run.state["message"]) == ("failed", "full")
    assert run.state["metrics"] == {"best_epoch": 3}


def test_names_count_up(tmp_path: Path) -> None:
    assert [create(tmp_path).name for _ in range(3)] == [
        "2026-11-20-compact-n", "2026-11-20-compact-n-2", "2026-11-20-compact-n-3"]
    assert create(tmp_path, "a/b:c").name == "2026-11-20-a-b-c"
    later = RunFolder.create(tmp_path, "compact-n", {}, day=date(2026, 11, 21))
    assert later.name == "2026-11-21-compact-n-4", "a number names one run, on whatever day"
    assert RunFolder.create(tmp_path, "compact", {}, day=DAY).name == "2026-11-20-compact"
    before = date.today()  # midnight may come in between
    today = RunFolder.create(tmp_path, "x", {})
    assert before.isoformat() <= today.name[:10] <= date.today().isoformat()


def test_the_number_of_a_deleted_run_is_not_given_again(tmp_path: Path) -> None:
    first = finished(tmp_path)
    trashed = first.delete()
    assert create(tmp_path).name == "2026-11-20-compact-n-2"
    assert restore(tmp_path, trashed) == first


def test_a_copy_of_a_project_that_trains_shows_its_run_as_interrupted(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    run = create(project)
    shutil.copytree(project, tmp_path / "copy")
    copied, = list_runs(tmp_path / "copy")
    assert (run.state["state"], copied.state["state"]) == ("running", "interrupted")
    (tmp_path / "link").symlink_to(project)
    linked, = list_runs(tmp_path / "link")
    assert linked.state["state"] == "running"


def test_a_run_knows_its_files_and_config(tmp_path: Path) -> None:
    run = create(tmp_path)
    assert run.config == {"recipe": "compact-n", "seed": 0} and run.project == tmp_path
    assert run.best_path == run.path / "best.safetensors"
    assert run.checkpoint_path == run.path / "last.ckpt"
    assert run.predictions_path("val") == run.path / "predictions-val.npz"
    assert RunFolder.find(tmp_path, "last") == RunFolder.find(tmp_path, run.name) == run
    with pytest.raises(UsageError, match="no run “other”"):
        RunFolder.find(tmp_path, "other")
    with pytest.raises(UsageError, match="none yet"):
        RunFolder.find(tmp_path / "empty", "")


def test_state_is_kept_and_merged(tmp_path: Path) -> None:
    run = create(tmp_path)
    assert run.state["state"] == "running" and run.state["pid"] == os.getpid()
    run.write_state(epoch=3, metrics={"map": 0.5})
    run.write_state(state="finished", message="done")
    state = run.state
    assert (state["state"], state["epoch"], state["metrics"]) == ("finished", 3, {"map": 0.5})


def test_a_dead_process_leaves_an_interrupted_run(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from workbench.project.runs import RunFolder\n"
        "RunFolder.create(Path(sys.argv[1]), 'x', {}); print('made', flush=True)\n"
        "sys.stdin.read()"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None and process.stdout is not None
    assert process.stdout.readline() == b"made\n"
    (run,) = list_runs(tmp_path)
    assert run.state["state"] == "running"
    with pytest.raises(UsageError, match="at work"):
        run.delete()
    with pytest.raises(UsageError, match="at work"):
        run.rename("other")
    process.kill()
    process.communicate()
    assert run.state["state"] == "interrupted"
    assert run.state["message"] == "The training ended unexpectedly, before its first checkpoint."
    assert json.loads((run.path / "state.json").read_text())["state"] == "running"
    assert not run.resumable
    run.checkpoint_path.write_bytes(b"x")
    assert run.resumable and "it can be resumed" in run.state["message"]


def test_another_process_with_the_same_number_is_not_the_run(tmp_path: Path) -> None:
    run = create(tmp_path)
    state = json.loads((run.path / "state.json").read_text())
    state["started"] -= 1000
    (run.path / "state.json").write_text(json.dumps(state))
    assert run.state["state"] == "interrupted"


def test_events_survive_a_kill_in_the_middle_of_a_line(tmp_path: Path) -> None:
    run = create(tmp_path)
    assert list(run.lines()) == []
    run.append_line('{"a": 1}')
    run.append_line('{"ü": "one\nline"}')
    with run.events_path.open("ab") as stream:
        stream.write(b'{"torn": ')
    assert list(run.lines()) == ['{"a": 1}', '{"ü": "one line"}']
    run.append_line('{"b": 2}')
    assert list(run.lines()) == ['{"a": 1}', '{"ü": "one line"}', '{"b": 2}']


def test_runs_are_listed_newest_first(tmp_path: Path) -> None:
    runs = [create(tmp_path, name) for name in "abc"]
    for number, run in enumerate(runs):
        os.utime(run.path / "config.json", (number, number))
    (tmp_path / "runs" / "stray").mkdir()
    assert list_runs(tmp_path) == runs[::-1]
    assert list_runs(tmp_path / "empty") == []
    renamed = finished(tmp_path)
    os.utime(renamed.path / "config.json", (1.5, 1.5))
    renamed.rename("zz best one")
    assert [run.name for run in list_runs(tmp_path)][1] == "zz best one"


def test_a_run_is_renamed_but_never_over_another(tmp_path: Path) -> None:
    run, other = finished(tmp_path), finished(tmp_path)
    for name in (other.name, "", "a/b", ".hidden", "ends.", "con", "Lpt1.best"):
        with pytest.raises(UsageError):
            run.rename(name)
    named = run.rename(" my best ")
    assert named.name == "my best" and not run.path.exists() and named.config["seed"] == 0


def test_a_deleted_run_can_be_taken_back(tmp_path: Path) -> None:
    run = finished(tmp_path)
    first = run.delete()
    assert list_runs(tmp_path) == []
    again = finished(tmp_path).rename(run.name)
    second = again.delete()
    assert first != second
    assert restore(tmp_path, second) == again and again.config["seed"] == 0
    with pytest.raises(UsageError, match="already a run"):
        restore(tmp_path, first)
    assert not (tmp_path / ".workbench" / "trash").exists(), "deleting the cache loses nothing"
    forget_old(tmp_path)
    assert first.exists()
    os.utime(first.parent.parent, (0, 0))
    forget_old(tmp_path)
    assert not first.exists() and again.path.exists()


def test_what_an_earlier_version_deleted_leaves_the_cache(tmp_path: Path) -> None:
    run = finished(tmp_path)
    for number in (1, 2):
        shutil.copytree(run.path, tmp_path / ".workbench" / "trash" / f"{run.name}.{number}")
    shutil.rmtree(run.path)
    move_old_trash(tmp_path)
    assert not (tmp_path / ".workbench" / "trash").exists()
    kept = sorted((tmp_path / ".trash").glob("*/runs/*"))
    assert [path.name for path in kept] == [run.name, run.name]
    assert restore(tmp_path, kept[0]) == run and run.config["seed"] == 0


def test_what_is_no_path_has_no_runs() -> None:
    """Such may stand among the projects that are remembered."""
    assert list_runs(Path("/\0")) == list_runs(Path("/\ud800")) == []


def test_broken_runs_are_told(tmp_path: Path) -> None:
    run = create(tmp_path)
    (run.path / "state.json").write_text("{")
    assert run.state["state"] == "failed" and "cannot be read" in run.state["message"]
    run.write_state(state="stopped")
    assert run.state["state"] == "stopped"
    (run.path / "config.json").write_text("[]")
    with pytest.raises(FormatError):
        _ = run.config
