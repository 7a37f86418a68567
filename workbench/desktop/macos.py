"""An entry on macOS: a program in the person's Applications folder. Not tried on a Mac yet."""

from __future__ import annotations

import plistlib
from collections.abc import Iterable
from pathlib import Path

from workbench.desktop import icons, launcher
from workbench.desktop.program import Copy


def entry_file() -> Path:
    """The file that makes a folder a program."""
    return Path.home() / "Applications" / "Workbench.app" / "Contents" / "Info.plist"


def files(copy: Copy, _own: Path) -> dict[Path, bytes]:
    """What is written for an entry that starts ``copy``; ``Info.plist`` is the last."""
    contents = entry_file().parent
    return {
        contents / "MacOS" / "workbench": launcher.script(copy, str(contents.parent)),
        contents / "Resources" / "workbench.icns": icons.icns(),
        entry_file(): plistlib.dumps({
            "CFBundleName": "Workbench", "CFBundleDisplayName": "Workbench",
            "CFBundleIdentifier": "workbench.menu", "CFBundlePackageType": "APPL",
            "CFBundleExecutable": "workbench", "CFBundleIconFile": "workbench",
            "CFBundleInfoDictionaryVersion": "6.0", "CFBundleShortVersionString": "1",
            "CFBundleVersion": "1", "NSHighResolutionCapable": True,
            "NSMicrophoneUsageDescription": "Workbench records sounds that you label.",
            "NSCameraUsageDescription": "Workbench shows what a model finds in the camera's image.",
        }),
    }


def tell_desktop(written: Iterable[Path]) -> None:
    """Let the program of the bundle be run."""
    for path in written:
        if path.parent.name == "MacOS":
            path.chmod(0o755)
