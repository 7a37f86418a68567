"""What set-up prepares, so that nothing is prepared anew with each start."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

LOOK = """
import PySide6.QtCore, shibokensupport.signature.parser as parser
print(parser.__spec__.cached)
"""


def test_the_python_part_of_pyside_lies_compiled_on_the_disk() -> None:
    if not (Path(sys.prefix) / "workbench-setup").is_file():
        pytest.skip("this environment was not made by packaging/bootstrap.py")
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)
    compiled = Path(done.stdout.strip())
    assert compiled.suffix == ".pyc" and compiled.is_file()


@pytest.mark.parametrize(("machine", "version", "translated", "said"), [
    ("arm64", "14.0", "", ""),
    ("arm64", "26.1", "", ""),
    ("arm64", "10.16", "", ""),  # what a Python tells that was built long ago, on any macOS
    ("arm64", "13.6.1", "", "needs macOS 14 or newer, and this is macOS 13.6.1"),
    ("x86_64", "15.2", "", "does not run on Macs with an Intel processor"),
    ("x86_64", "15.2", "1\n", "install a Python for Apple silicon"),
])
def test_a_mac_without_packages_is_told_before_anything_is_fetched(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, machine: str, version: str,
    translated: str, said: str,
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(platform, "mac_ver", lambda: (version, ("", "", ""), machine))
    monkeypatch.setattr(subprocess, "run", lambda *words, **how: subprocess.CompletedProcess(
        words, 0, translated, ""))
    assert said in bootstrap.refused_on_mac()
    assert bool(said) == bool(bootstrap.refused_on_mac())
    if said:
        with pytest.raises(SystemExit, match=said):
            bootstrap.setup()


@pytest.mark.parametrize("works", [True, False])
def test_on_windows_the_gpu_gets_its_build_of_the_pinned_torch(
    bootstrap: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], works: bool,
) -> None:
    uv = tmp_path / "uv"
    uv.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/words\nexit {int(not works)}\n')
    uv.chmod(0o755)
    assert bootstrap.install_torch_for_card(uv) is works
    words = (tmp_path / "words").read_text().split()
    pinned = {line.split()[0] for line in bootstrap.LOCK.read_text().splitlines()
              if line.startswith(("torch==", "torchaudio==", "torchvision=="))}
    assert len(pinned) == 3 and pinned <= set(words)
    assert words[words.index("--torch-backend") + 1] == "auto"
    assert words.count("--reinstall-package") == 3  # the same version is there already
    assert ("on the processor" in capsys.readouterr().out) is not works


def test_what_fetches_torch_for_a_gpu_are_options_that_uv_has(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    uv = shutil.which("uv") or bootstrap.TOOLS / "bin" / "uv"
    if not Path(uv).is_file():
        pytest.skip("this environment was made without uv")
    monkeypatch.setenv("UV_OFFLINE", "1")  # so that it fails, but over the network only
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path))
    assert not bootstrap.install_torch_for_card(uv)
    said = capfd.readouterr().err
    assert "network" in said and "torch" in said and "Usage" not in said
