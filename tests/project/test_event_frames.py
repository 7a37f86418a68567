"""A project of image classes made from the events of videos."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.tiny_video import write_video
from workbench.cli import main
from workbench.core.errors import UsageError
from workbench.project.library.events import events_path
from workbench.project.manifest import Manifest
from workbench.project.task import decide_task
from workbench.tasks.image_classification.event_frames import make_event_frames
from workbench.tasks.image_classification.labels import read_labels


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A project with a video of 2 s, in which something happens."""
    folder = tmp_path / "hens"
    folder.mkdir()
    video = write_video(folder / "a.mp4", 50)
    events_path(video).write_text("start,stop,class,kind\n0,0.8,dust bath,\n0.6,1.2,rest,\n"
                                  "1.61,,peck,moment\n")
    (folder / "workbench.toml").write_text(
        'name = "Hens"\n[events]\nclasses = ["rest", "dust bath", "peck"]\n')
    return folder


def test_frames_get_the_class_of_the_event_that_runs(film: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in film.rglob("*") if path.is_file()}
    made = make_event_frames(film, tmp_path / "out", every=5)
    assert made.counts == {"dust bath": 3, "rest": 2, "peck": 1, "nothing": 3}
    assert made.several == 1 and not made.problems and "No frame" not in made.words()
    fewer = make_event_frames(film, tmp_path / "fewer", every=9)
    assert "No frame that was taken has only peck." in fewer.words()
    found = read_labels(tmp_path / "out")
    assert found.labels["images/dust bath/a.mp4-000010.jpg"] == "dust bath"
    assert found.labels["images/peck/a.mp4-000040.jpg"] == "peck"
    assert found.labels["images/nothing/a.mp4-000030.jpg"] == "nothing"
    assert Manifest.load(tmp_path / "out").classes == ["rest", "dust bath", "peck", "nothing"]
    assert decide_task(tmp_path / "out", Manifest.load(tmp_path / "out").task, images=9,
                       labelled=0) == "image-classification"
    assert {path: path.read_bytes() for path in before} == before


def test_the_shell_makes_it_and_what_cannot_be_is_refused(
        film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["event-frames", str(film), "--out", str(tmp_path / "out"), "--every", "5",
                 "--events-only", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["classes"] == {
        "dust bath": 3, "rest": 2, "peck": 1}
    assert main(["event-frames", str(film), "--out", str(tmp_path / "out")]) == 1  # it is taken
    with pytest.raises(UsageError, match="in the project"):
        make_event_frames(film, film / "out")
    events_path(film / "a.mp4").write_text("start,class\n")
    with pytest.raises(UsageError, match="no event runs"):
        make_event_frames(film, tmp_path / "more")
    assert not (tmp_path / "more").exists()
