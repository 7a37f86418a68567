"""Recordings of telephones become FLAC where they come into a project."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from workbench.cli import main
from workbench.core.background import Cancelled
from workbench.core.errors import FormatError, WorkbenchError
from workbench.media.sounds.conversion import convert, was_made_from
from workbench.project.imports.files import ends_copying
from workbench.project.imports.sounds import to_convert
from workbench.project.library.clips import find_sounds

TONES = Path(__file__).parents[1] / "data" / "sounds"
"""A tone of 1,000 Hz, 16,000 samples in a second, one second long, in two codings."""


def telephone(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(TONES / f"tone{Path(name).suffix.lower()}", folder / name)
    return folder


@pytest.mark.parametrize("name", ["memo.m4a", "memo.wma"])
def test_the_sound_is_the_same(tmp_path: Path, name: str) -> None:
    source = telephone(tmp_path, name) / name
    target = tmp_path / "out.flac"
    convert(source, target)
    samples, rate = soundfile.read(target)
    assert rate == 16_000 and samples.ndim == 1 and abs(len(samples) - rate) < 2100
    loud = np.abs(np.fft.rfft(samples[2000:10_000]))
    assert np.argmax(loud) * rate / 8000 == pytest.approx(1000, abs=5)
    assert was_made_from(target, source)
    source.write_bytes(source.read_bytes() + b"more")
    assert not was_made_from(target, source), "it is another one by now"


def test_what_cannot_be_decoded_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    source = telephone(tmp_path, "memo.m4a") / "memo.m4a"
    source.write_bytes(source.read_bytes()[:800])
    with pytest.raises(FormatError, match=r"^memo\.m4a: it is damaged"):
        convert(source, tmp_path / "out.flac")
    with pytest.raises(Cancelled):
        convert(TONES / "tone.m4a", tmp_path / "out.flac", lambda: raising(Cancelled()))
    assert [path.name for path in tmp_path.iterdir()] == ["memo.m4a"]


def test_without_a_decoder_the_reason_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "PySide6").mkdir()
    (tmp_path / "PySide6" / "__init__.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    with pytest.raises(FormatError, match="Qt Multimedia, which decodes it, cannot be loaded"):
        convert(TONES / "tone.m4a", tmp_path / "out.flac")
    assert not (tmp_path / "out.flac").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk that is always full")
def test_a_full_disk_is_said_and_ends_an_import() -> None:
    with pytest.raises(WorkbenchError, match="the disk is full") as raised:
        convert(TONES / "tone.m4a", Path("/dev/full"))
    assert ends_copying(raised.value) == "the disk is full"


def raising(error: Exception) -> None:
    raise error


def test_import_takes_them_with_the_labels_of_their_folders(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = telephone(tmp_path / "s", "owl/a.m4a", "owl/b.M4A", "wren/a.wma", "wren/b.wma")
    (source / "wren" / "c.m4a").write_bytes(b"\0\0\0\x1cftypM4A ")
    soundfile.write(source / "wren" / "b.wav", np.zeros(8000), 8000)
    assert main(["import", str(source), "--project", str(tmp_path / "p")]) == 0
    said = capsys.readouterr().out
    assert "Taken as FLAC: 3 sounds (M4A, WMA)." in said
    assert "wren/b.wma (1 file): b.wav is there, which is read" in said
    assert "c.m4a was left out: it is damaged" in said
    assert {path.relative_to(tmp_path / "p").as_posix()
            for path in (tmp_path / "p" / "audio").rglob("*.*")} == {
        "audio/owl/a.flac", "audio/owl/b.flac", "audio/wren/a.flac", "audio/wren/b.wav"}, \
        "what is there in a kind that is read is not made again"
    assert main(["stats", str(tmp_path / "p")]) == 0
    assert "4 sounds, 4 labelled, 4 labels of 2 classes" in capsys.readouterr().out
    assert main(["import", str(source), "--project", str(tmp_path / "p")]) == 0
    assert "0 sounds were copied, 4 files were there already" in capsys.readouterr().out


def test_what_is_called_wav_and_is_none_becomes_flac_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As telephones, and people, rename recordings."""
    source = telephone(tmp_path / "s", "owl/a.m4a", "owl/b.wma")
    (source / "owl" / "a.m4a").rename(source / "owl" / "a.wav")
    (source / "owl" / "b.wma").rename(source / "owl" / "b.MP3")
    soundfile.write(source / "owl" / "c.wav", np.zeros(8000), 8000)
    assert {*to_convert(source)} == {source / "owl" / "a.wav", source / "owl" / "b.MP3"}
    assert main(["import", str(source), "--project", str(tmp_path / "p")]) == 0
    assert "Taken as FLAC: 2 sounds (M4A, WMA)." in capsys.readouterr().out
    assert {path.name for path in (tmp_path / "p" / "audio" / "owl").iterdir()} == {
        "a.flac", "b.flac", "c.wav"}
    assert main(["import", str(source), "--project", str(tmp_path / "p")]) == 0
    assert "0 sounds were copied, 3 files were there already" in capsys.readouterr().out
    convert(source / "owl" / "a.wav", source / "owl" / "a.flac")
    assert to_convert(source) == [source / "owl" / "b.MP3"]
    assert main(["import", str(source), "--project", str(tmp_path / "q")]) == 0
    said = capsys.readouterr().out
    assert "owl/a.wav (1 file): a.flac is there, which is read" in said


def test_in_a_project_of_their_own_they_stay(tmp_path: Path) -> None:
    folder = telephone(tmp_path, "owl/a.m4a", "b.m4a")
    assert to_convert(folder) == [folder / "b.m4a", folder / "owl" / "a.m4a"]
    convert(folder / "b.m4a", folder / "b.flac")
    assert to_convert(folder) == [folder / "owl" / "a.m4a"]


def test_a_recording_that_is_called_wav_is_no_sound_beside_its_flac(tmp_path: Path) -> None:
    telephone(tmp_path, "owl/a.m4a")
    (tmp_path / "owl" / "a.m4a").rename(tmp_path / "owl" / "a.wav")
    telephone(tmp_path, "owl/b.m4a")
    (tmp_path / "owl" / "b.m4a").rename(tmp_path / "owl" / "b.WAV")
    for name in ("c.wav", "c.flac"):
        soundfile.write(tmp_path / "owl" / name, np.zeros(800), 8000)
    everything = {"owl/a.wav", "owl/b.WAV", "owl/c.wav", "owl/c.flac"}
    assert set(find_sounds(tmp_path)) == everything
    convert(tmp_path / "owl" / "a.wav", tmp_path / "owl" / "a.flac")
    assert set(find_sounds(tmp_path)) == everything - {"owl/a.wav"} | {"owl/a.flac"}
