"""``workbench events``: out to another format, back in, and what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.tiny_video import write_video
from workbench.cli import main
from workbench.project.library.events import read_event_classes

OWN = ("start,stop,class,subject,comment,mine\n0.08,0.24,grooming,mouse 2,left,x\n"
       "0.4,,peck,,,\n")


def test_events_are_listed_written_and_read(tmp_path: Path,
                                            capsys: pytest.CaptureFixture[str]) -> None:
    path = str(write_video(tmp_path / "clip.mp4", 12))
    (tmp_path / "workbench.toml").write_text('name = "Hens"\n\n[events]\nclasses = ["rest"]\n')
    own = tmp_path / "clip.mp4.events.csv"
    own.write_text(OWN)
    assert main(["events", path, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0] == {
        "class": "grooming", "subject": "mouse 2", "start": 0.08, "stop": 0.24,
        "start_frame": None, "stop_frame": None, "kind": "span", "comment": "left"}
    assert main(["events", path, "--out", str(tmp_path / "out"), "--format", "boris"]) == 0
    capsys.readouterr()
    written = tmp_path / "out" / "clip-boris.csv"
    assert main(["events", path, "--read", str(written)]) == 0
    said = capsys.readouterr()
    assert "2 events" in said.out and "2 events were there already" in said.err
    assert own.read_text() == OWN, "nothing is doubled"
    own.write_text("start,class,subject,kind\n0.08,grooming,mouse 2,span\n0.4,peck,,moment\n")
    assert main(["events", path, "--read", str(written)]) == 0
    assert "2 events were there already" in capsys.readouterr().err, "what runs has a stop there"
    own.write_text(OWN)
    written.write_text(written.read_text().replace("mouse 2", "mouse 3"))
    assert main(["events", path, "--read", str(written)]) == 0
    assert "3 events" in capsys.readouterr().out
    assert own.read_text().startswith(
        OWN.replace("mine", "mine,kind,start_frame,stop_frame") + "0.08,0.24,grooming,mouse 3,")
    classes = read_event_classes(tmp_path)
    assert (classes.names, classes.moments) == (("rest", "grooming", "peck"), {"peck"})
    assert main(["events", path, "--out", str(tmp_path / "out"), "--format", "audacity"]) == 0
    assert "The subject of 2 events" in capsys.readouterr().err
    assert main(["events", path, "--format", "elan"]) == 2, "it would do nothing"
    assert main(["events", str(tmp_path / "no.mp4")]) == 2


def test_a_damaged_file_is_told_and_stays(tmp_path: Path,
                                          capsys: pytest.CaptureFixture[str]) -> None:
    path = write_video(tmp_path / "clip.mp4", 5)
    own, more = tmp_path / "clip.mp4.events.csv", tmp_path / "more.csv"
    own.write_text("start,class\nsoon,rest\n")
    more.write_text("start,class\n0,rest\n")
    assert main(["events", str(path), "--read", str(more)]) == 1
    assert "clip.mp4.events.csv" in (said := capsys.readouterr().err) and "line 2" in said
    assert own.read_text() == "start,class\nsoon,rest\n"
