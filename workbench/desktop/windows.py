"""An entry on Windows: a shortcut in the Start menu. Not tried on Windows yet."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from workbench.core.errors import WorkbenchError
from workbench.desktop import icons
from workbench.desktop.program import ABOUT, Copy

_MAKE = ("$link = (New-Object -ComObject WScript.Shell).CreateShortcut($env:WORKBENCH_LINK); "
         "$link.TargetPath = $env:WORKBENCH_TARGET; $link.Arguments = $env:WORKBENCH_ARGUMENTS; "
         "$link.WorkingDirectory = $env:WORKBENCH_FOLDER; "
         "$link.IconLocation = $env:WORKBENCH_ICON; "
         "$link.Description = $env:WORKBENCH_ABOUT; $link.Save()")
"""Values come by the environment, so that no name of a folder is ever read as PowerShell."""


def entry_file() -> Path:
    """The shortcut."""
    roaming = os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming"
    return Path(roaming, "Microsoft", "Windows", "Start Menu", "Programs", "Workbench.lnk")


def files(_copy: Copy, own: Path) -> dict[Path, bytes]:
    """What is written beside the shortcut, which Windows writes itself."""
    return {icon_file(own): icons.ico()}


def icon_file(own: Path) -> Path:
    """The icon, which the shortcut names."""
    return own / "workbench.ico"


def shortcut_values(copy: Copy, own: Path) -> Mapping[str, str]:
    """What the shortcut holds: ``pythonw.exe`` opens no console."""
    return {
        "WORKBENCH_LINK": str(entry_file()), "WORKBENCH_ABOUT": ABOUT,
        "WORKBENCH_TARGET": str(copy.python.with_name("pythonw.exe")),
        "WORKBENCH_ARGUMENTS": "-P -m workbench.desktop.watched",
        "WORKBENCH_FOLDER": str(Path.home()), "WORKBENCH_ICON": f"{icon_file(own)},0",
    }


def make_shortcut(copy: Copy, own: Path) -> None:
    """Have Windows write the shortcut.

    Raises
    ------
    WorkbenchError
        Where it does not.
    """
    entry_file().parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["powershell", "-NoProfile", "-NonInteractive", "-Command", _MAKE], check=False,
        env={**os.environ, **shortcut_values(copy, own)}, capture_output=True, text=True,
        timeout=60, creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0))
    if done.returncode or not entry_file().is_file():
        said = (done.stderr or "").strip().splitlines()
        raise WorkbenchError("Windows could not write the shortcut"
                             + (f" ({said[0]})" if said else ""), path=entry_file())


def tell_desktop(_written: Iterable[Path]) -> None:
    """The Start menu looks by itself."""


def message(text: str) -> None:
    """Show a sentence in a window of Windows' own."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.MessageBoxW(None, text, "Workbench", 0x10)
