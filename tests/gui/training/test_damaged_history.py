"""A line of a run's events that cannot be read costs that line only, and is counted."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from workbench.gui.train.header import figures
from workbench.gui.train.history_loader import read_history
from workbench.gui.train.run_store import RunStore
from workbench.jobs.events import Epoch, Started
from workbench.jobs.protocol import encode
from workbench.project.runs import RunFolder

DAMAGED = (
    b'{"event":"preview","job":"1","epoch":1,"images":[{}]}', b'{"event":[]}', b"[" * 50_000,
    b'{"event":"epoch","job":"1","epoch":"x"}', b"\xff\xfe\x00", b"[]", b"7", b'{"event":"epoch"}',
    b'{"event":"started","job":"1","run":"a","config":{"split":7}}',
)


def make_run(project: Path, name: str) -> RunFolder:
    run = RunFolder.create(project, name, {"recipe": name}, day=date(2026, 1, 2))
    run.write_state(state="finished", pid=0)
    return run


def test_damaged_lines_are_left_out_and_counted(tmp_path: Path) -> None:
    run = make_run(tmp_path, "a")
    good = [Started("1", run.name, {"recipe": "a", "split": "default"}),
            Epoch("1", 1, 1, {"loss": 0.5}, {"map": 0.25}, 1.0, True)]
    run.events_path.write_bytes(b"".join(
        line + b"\n" for line in (*DAMAGED, *(encode(event).encode() for event in good))))
    history = read_history(run)
    assert history.left_out == len(DAMAGED)
    assert history.best_value == 0.25
    assert f"{len(DAMAGED)} damaged lines left out" in figures(history)


def test_a_run_with_damaged_files_does_not_hide_the_others(tmp_path: Path) -> None:
    good = make_run(tmp_path, "good")
    for name, file, content in (
        ("config", "config.json", b'{"recipe": ['), ("list", "state.json", b'{"state":[]}'),
        ("kind", "config.json", b'{"classes": 3}'), ("deep", "state.json", b"[" * 99_999),
        ("time", "state.json", b'{"state":"finished","changed":1e300}'),
    ):
        (make_run(tmp_path, name).path / file).write_bytes(content)
    run_store = RunStore()
    run_store.open(tmp_path)
    assert len(run_store.runs) == 6
    states = {run.path.name.removeprefix("2026-01-02-"): run.state for run in run_store.runs}
    assert states == {"good": "finished", "time": "finished", "config": "failed",
                      "list": "failed", "kind": "failed", "deep": "failed"}
    assert run_store.info(good.name) is not None
