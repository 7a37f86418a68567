"""The program as a desktop starts it from its applications menu."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from real_window import PATIENCE, wait_for

from tests.support.menu_entry import exec_words, read_entry
from workbench.desktop import menu


def test_the_entry_opens_the_window_that_it_names(display: str, tmp_path: Path) -> None:
    menu.add()
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    started = subprocess.Popen(exec_words(), cwd=tmp_path, env=environment,
                               start_new_session=True)

    def xdotool(*words: str) -> str:
        return subprocess.run(["xdotool", *words], env=environment, capture_output=True, text=True,
                              check=False).stdout.strip()

    def shown() -> str:
        assert started.poll() is None, "the program ended"
        return xdotool("search", "--onlyvisible", "--class",
                       f"^{read_entry()['StartupWMClass']}$").partition("\n")[0]

    try:
        wait_for(shown, "the window")
        xdotool("windowfocus", shown())
        xdotool("key", "ctrl+q")
        assert started.wait(PATIENCE) == 0
    finally:
        if started.poll() is None:
            os.killpg(started.pid, signal.SIGKILL)
