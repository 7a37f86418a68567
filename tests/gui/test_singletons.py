"""What the window does about two habits of PySide6."""

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


def test_sources_are_not_read_at_every_import() -> None:
    script = (
        "import builtins; import PySide6.QtCore; import workbench.gui;"
        "assert builtins.__import__.__name__ != '__feature_import__';"
        "from PySide6.QtCore import QObject;"
        "import workbench.gui.style.theme; assert QObject().objectName() == ''; print('quick')"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert result.stdout.strip() == "quick", result.stderr[:500]
