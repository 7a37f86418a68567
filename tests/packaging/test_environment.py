"""What set-up prepares, so that nothing is prepared anew with each start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
