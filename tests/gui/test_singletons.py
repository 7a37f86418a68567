"""PySide6 6.12 loses a reference to None with every call on Python 3.11."""

from __future__ import annotations

import subprocess
import sys

TRIAL = """
import workbench.gui
from PySide6.QtCore import QTimer
timer = QTimer()
for _ in range(200_000):
    timer.stop()
print("alive")
"""


def test_many_calls_of_qt_do_not_end_the_process() -> None:
    """Fails with "deallocating None" where the guard in ``workbench.gui`` is missing."""
    result = subprocess.run([sys.executable, "-c", TRIAL], capture_output=True, text=True)
    assert result.stdout.strip() == "alive", result.stderr[:500]
