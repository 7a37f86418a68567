"""What set-up prepares, so that nothing is prepared anew with each start."""

from __future__ import annotations

import importlib.util
import platform
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


@pytest.fixture
def bootstrap() -> ModuleType:
    path = Path(__file__).parents[2] / "packaging" / "bootstrap.py"
    spec = importlib.util.spec_from_file_location("bootstrap", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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
