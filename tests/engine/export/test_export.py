"""What an export leaves on the disk, and what it says when it cannot be done."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workbench.cli import main
from workbench.core.errors import UsageError, WorkbenchError
from workbench.engine.export import onnx_format
from workbench.engine.export.export import export_run
from workbench.engine.training.control import Interrupt, TrainControl
from workbench.engine.training.train import train
from workbench.extension.exports import export_formats
from workbench.jobs.commands import Export, TrainRequest
from workbench.jobs.events import Event, Finished, Progress
from workbench.jobs.protocol import encode
from workbench.project.runs import RunFolder

OLD = b"what was here before"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that an export would replace."""
    (tmp_path / "out").mkdir()
    path = tmp_path / "out" / "cells.onnx"
    path.write_bytes(OLD)
    return path


def nothing(event: Event) -> None:
    pass


def untouched(file: Path) -> bool:
    return file.read_bytes() == OLD and list(file.parent.iterdir()) == [file]


def test_progress_and_the_end_are_told(learned: RunFolder, file: Path) -> None:
    events: list[Event] = []
    result = export_run(learned.project, learned, file, events.append, job="j")
    steps = [event for event in events if isinstance(event, Progress)]
    assert (steps[-1].done, steps[-1].total) == (5, 5) and {step.job for step in steps} == {"j"}
    assert events[-1] == Finished("j", "finished", result)
    assert result["words"].startswith("Saved cells.onnx (2.") and "4 images" in result["words"]
    assert not untouched(file) and list(file.parent.iterdir()) == [file]


def one_more(boxes: Any, scores: Any) -> list[Any]:
    changed = scores.copy()
    changed[0, 0, 0] = 0.9
    return [boxes, changed]


@pytest.mark.parametrize(("spoil", "words"), [
    (lambda boxes, scores: [boxes + 0.4, scores], "boxes differ by 2 px and scores by"),
    (lambda boxes, scores: [boxes, scores * 0.9], "boxes differ by"),
    (lambda boxes, scores: [boxes, scores * 0], "a box is missing or too many"),
    (one_more, "differ|too many"),
])
def test_a_model_that_finds_something_else_is_not_kept(
    learned: RunFolder, file: Path, monkeypatch: pytest.MonkeyPatch, words: str,
    spoil: Callable[..., list[Any]],
) -> None:
    right = onnx_format.open_session

    def open_wrong(data: bytes) -> Callable[..., Any]:
        run = right(data)
        return lambda pixels: spoil(*run(pixels))

    monkeypatch.setattr(onnx_format, "open_session", open_wrong)
    with pytest.raises(WorkbenchError, match=r"cells\.onnx: the exported model does not find") as e:
        export_run(learned.project, learned, file, nothing)
    assert re.search(words, str(e.value)) and "was not kept" in str(e.value)
    assert untouched(file)


def test_cancelling_while_it_is_checked_writes_nothing(learned: RunFolder, file: Path) -> None:
    control = TrainControl()

    def emit(event: Event) -> None:
        if isinstance(event, Progress) and event.done == 2:
            control.cancel()

    with pytest.raises(Interrupt):
        export_run(learned.project, learned, file, emit, check=control.check)
    assert untouched(file)


def test_killed_half_way_leaves_no_half_file(learned: RunFolder, file: Path) -> None:
    command = Export("j", str(learned.project), learned.name, str(file))
    with subprocess.Popen([sys.executable, "-m", "workbench.engine"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(encode(command) + "\n")
        process.stdin.flush()
        events = (json.loads(line) for line in process.stdout)
        reached = next(event for event in events if event.get("done") == 1)
        assert reached["text"] == "Checking that it finds the same"
        process.kill()
    assert untouched(file)


@pytest.mark.parametrize(("name", "format", "words"), [
    ("cells.jpg", "onnx", "must end in .onnx: “cells.jpg” does not"),
    ("nowhere/cells.onnx", "onnx", "there is no folder"),
    ("cells.onnx", "tape", "there is no format for models “tape”; there are: onnx"),
    ("folder.onnx", "onnx", "“folder.onnx” is a folder"),
])
def test_a_name_or_format_that_does_not_fit(
    learned: RunFolder, tmp_path: Path, name: str, format: str, words: str
) -> None:
    (tmp_path / "folder.onnx").mkdir()
    with pytest.raises(UsageError, match=words):
        export_run(learned.project, learned, tmp_path / name, nothing, format=format)


def test_a_broken_or_missing_model_is_told(learned: RunFolder, tmp_path: Path) -> None:
    shutil.copytree(learned.path, tmp_path / "runs" / "copy")
    run = RunFolder(tmp_path / "runs" / "copy")
    run.best_path.write_bytes(run.best_path.read_bytes()[:50_000])
    with pytest.raises(WorkbenchError, match=r"best\.safetensors: it is not a safetensors file"):
        export_run(tmp_path, run, tmp_path / "a.onnx", nothing)
    run.best_path.unlink()
    with pytest.raises(WorkbenchError, match="the run copy has no model yet"):
        export_run(tmp_path, run, tmp_path / "a.onnx", nothing)
    assert not (tmp_path / "a.onnx").exists()


def test_a_recipe_that_cannot_be_exported_says_which_can(project: Path, tmp_path: Path) -> None:
    run = train(project, TrainRequest(recipe="tiny", epochs=1, device="cpu"), nothing,
                TrainControl())
    with pytest.raises(WorkbenchError, match=r"recipe “tiny” cannot be exported yet.*compact-n"):
        export_run(project, run, tmp_path / "a.onnx", nothing)


def test_without_the_images_a_blank_one_is_enough(learned: RunFolder, tmp_path: Path) -> None:
    shutil.copytree(learned.path, tmp_path / "runs" / "copy")
    run = RunFolder(tmp_path / "runs" / "copy")
    result = export_run(tmp_path, run, tmp_path / "a.onnx", nothing)
    assert result["checked"] == 0 and "On a blank image it finds the same" in result["words"]


def test_the_command(
    learned: RunFolder, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["export", str(learned.project), "--run", learned.name, "--format", "onnx"]
    assert main([*command, "--out", str(file), "--score-thresh", "0.3", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["file"] == str(file) and result["bytes"] == file.stat().st_size
    assert b"score_thresh\x12\x030.3" in file.read_bytes()
    for arguments, code, words in (
        (["--run", "nope", "--out", str(file)], 2, "there is no run “nope”"),
        (["--format", "tape", "--out", str(file)], 2, "there is no format for models “tape”"),
        (["--out", str(tmp_path / "nowhere" / "a.onnx")], 2, "there is no folder"),
    ):
        assert main(["export", str(learned.project), *arguments]) == code
        told = capsys.readouterr()
        *before, said = told.err.splitlines()
        assert words in said and told.out == ""
        assert all("as found in Results" in line for line in before), "the score that it would have"


def test_formats_are_a_table() -> None:
    kinds = {item.id: item for item in export_formats}
    assert kinds["onnx"].suffix == ".onnx" and not kinds["onnx"].tasks, "models of all tasks"
