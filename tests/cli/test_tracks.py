"""``workbench tracks``: out to another format, back in, and what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.tiny_video import write_video
from workbench.cli import main
from workbench.formats import track_files
from workbench.formats.track_files import read_tracks

OWN = ('<annotations><mine/><track id="3" label="cat"><box frame="2" xtl="1" ytl="2" xbr="31" '
       'ybr="42"/><box frame="6" outside="1" xtl="1" ytl="2" xbr="31" ybr="42"/></track>'
       '</annotations>')


def test_tracks_are_listed_written_and_read(tmp_path: Path,
                                            capsys: pytest.CaptureFixture[str]) -> None:
    path = str(write_video(tmp_path / "clip.mp4", 12))
    own = tmp_path / "clip.mp4.tracks.xml"
    own.write_text(OWN)
    assert main(["tracks", path, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{
        "track": 3, "label": "cat", "seen": [{"first": 2, "last": 5, "from": 0.08, "to": 0.2}],
        "key_frames": [2, 6]}]
    assert main(["tracks", path, "--out", str(tmp_path / "out"), "--format", "mot"]) == 0
    capsys.readouterr()
    assert main(["tracks", path, "--read", str(tmp_path / "out" / "clip" / "gt" / "gt.txt")]) == 0
    said = capsys.readouterr().out
    assert "2 tracks in 12 frames" in said and "2–5" in said
    assert own.read_text().startswith(OWN.removesuffix("</annotations>"))
    assert main(["tracks", path, "--read", str(tmp_path / "nothing.txt")]) == 1
    assert main(["tracks", str(tmp_path / "no.mp4")]) == 2
    assert main(["tracks", path, "--format", "mot"]) == 2, "it would do nothing"


def test_tracks_that_a_window_saved_meanwhile_are_not_overwritten(
        tmp_path: Path, capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_video(tmp_path / "clip.mp4", 12)
    own, more = tmp_path / "clip.mp4.tracks.xml", tmp_path / "more.xml"
    more.write_text(OWN)

    def read(*arguments: Any) -> object:
        own.write_text("<annotations/>")
        return read_tracks(*arguments)

    monkeypatch.setattr(track_files, "read_tracks", read)
    assert main(["tracks", str(path), "--read", str(more)]) == 1
    assert "another program changed this file" in capsys.readouterr().err
    assert own.read_text() == "<annotations/>"
