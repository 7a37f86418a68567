"""``workbench listen`` hears a real (virtual) microphone."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
import tiny_sounds

from tests.support.pulse import virtual_microphone
from workbench.cli import main
from workbench.project.runs import RunFolder

RATE = 8000


@pytest.fixture
def sound_server(tmp_path: Path) -> Iterator[dict[str, str]]:
    with virtual_microphone(tmp_path) as environment:
        yield environment


@pytest.mark.timeout(240)
def test_what_is_played_to_the_microphone_is_named(
    tmp_path: Path, sound_server: dict[str, str]
) -> None:
    project = tiny_sounds.make_sounds(tmp_path / "clips")
    assert main(["train", str(project), "--device", "cpu", "--epochs", "6",
                 "--recipe", "sound-cnn-plain", "--set", "batch_size=8"]) == 0
    burst = np.concatenate([tiny_sounds.sound("high", seed, 0.4, RATE) for seed in (7, 8, 9)])
    soundfile.write(tmp_path / "spoken.wav", burst, RATE)
    listening = subprocess.Popen(
        [sys.executable, "-m", "workbench", "listen", str(project), "--seconds", "7", "--json"],
        env={**sound_server, "QT_QPA_PLATFORM": "offscreen"}, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)
    try:
        assert listening.stdout is not None
        first = listening.stdout.readline()  # the microphone is open: now something is said
        assert first, listening.communicate()[1][-2000:]
        subprocess.run(["paplay", "--device=vmic", str(tmp_path / "spoken.wav")],
                       env=sound_server, check=True, timeout=60)
        rest, errors = listening.communicate(timeout=60)
    finally:
        listening.kill()
    assert listening.returncode == 0, errors[-2000:]
    looks = [json.loads(line) for line in (first + rest).splitlines()]
    assert set(looks[0]) == {"time", "label", "scores", "level_db", "latency"}
    assert looks[0]["label"] == "" and looks[0]["level_db"] < -60, "silence has no class"
    assert set(looks[0]["scores"]) == set(tiny_sounds.CLASSES)
    # what a busy sound server drops may sound like something else for a moment
    heard = Counter(look["label"] for look in looks if look["label"])
    assert heard.most_common(1)[0][0] == "high"
    assert max(look["level_db"] for look in looks if look["label"]) > -30
    assert [look["time"] for look in looks] == sorted(look["time"] for look in looks)
    assert looks[-1]["time"] <= 8, "it ends by itself"


@pytest.mark.parametrize("seconds", ["nan", "inf", "-1", "0", "soon"])
def test_a_length_that_is_none_is_told(tmp_path: Path, seconds: str,
                                       capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["listen", str(tmp_path), "--seconds", seconds])
    assert "is not a number of seconds above 0" in capsys.readouterr().err


def test_a_model_that_cannot_listen_is_told(tmp_path: Path,
                                            capsys: pytest.CaptureFixture[str]) -> None:
    for task in ("audio-classification", "sound-detection"):
        run = RunFolder.create(tmp_path, task, {"recipe": task, "task": task, "classes": ["owl"]})
        run.write_state(state="finished", pid=0)
        if task == "sound-detection":
            run.best_path.write_bytes(b"")
    for named in ([], ["--run", run.name]):
        assert main(["listen", str(tmp_path), "--file", __file__, *named]) == 2
        said = capsys.readouterr().err
        assert f"the run {run.name} cannot listen: only models of “Classes of sounds” can" in said
