"""An entry as the desktops of Linux keep it: the XDG specifications of entries, icons and types."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from workbench.core.folders import shared_data_folder
from workbench.desktop import icons, launcher
from workbench.desktop.program import ABOUT, Copy
from workbench.project.layout import MANIFEST_NAME

NAME = "workbench"
"""Of the entry, as the window tells the desktop (``setDesktopFileName``), and of its icon."""
TYPE = "application/x-workbench-project"
_ESCAPED = str.maketrans({char: f"\\{char}" for char in '"`$\\'})

_ENTRY = """\
[Desktop Entry]
Type=Application
Version=1.4
Name=Workbench
GenericName=Labelling and Training
Comment={about}
Exec={exec} %F
Icon={name}
Terminal=false
StartupNotify=true
StartupWMClass={name}
Categories=Science;ArtificialIntelligence;ImageProcessing;
Keywords=label;annotate;images;sounds;train;detect;
MimeType={type};
Actions=sample;

[Desktop Action sample]
Name=Open the Sample Pictures
Exec={exec} --sample
"""

_TYPE = f"""\
<?xml version="1.0" encoding="UTF-8"?>
<mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info">
  <mime-type type="{TYPE}">
    <comment>Workbench project</comment>
    <sub-class-of type="text/plain"/>
    <icon name="{NAME}"/>
    <glob pattern="{MANIFEST_NAME}" weight="80" case-sensitive="true"/>
  </mime-type>
</mime-info>
"""
"""Folders, images and ZIP files are not taken: a desktop might take Workbench for the program that
opens them all."""


def entry_file() -> Path:
    """The entry itself."""
    return shared_data_folder() / "applications" / f"{NAME}.desktop"


def files(copy: Copy, own: Path) -> dict[Path, bytes]:
    """What is written for an entry that starts ``copy``; the entry itself is the last.

    Parameters
    ----------
    own
        Folder for what belongs to the entry alone.
    """
    data = shared_data_folder()
    start = launcher.script_file(own)
    entry = _ENTRY.format(about=ABOUT, name=NAME, type=TYPE, exec=f"/bin/sh {exec_word(start)}")
    return {
        start: launcher.script(copy, str(entry_file())),
        **{data / "icons" / "hicolor" / f"{side}x{side}" / "apps" / f"{NAME}.png": icons.png(side)
           for side in icons.SIDES},
        data / "mime" / "packages" / f"{NAME}.xml": _TYPE.encode(),
        entry_file(): os.fsencode(entry),
    }


def exec_word(path: Path) -> str:
    """A path as one word of the key Exec: quoted, then escaped as all values of an entry are."""
    quoted = str(path).translate(_ESCAPED)
    return '"' + quoted.replace("\\", "\\\\").replace("%", "%%") + '"'


def tell_desktop(_written: Iterable[Path]) -> None:
    """Have the desktop look at its folders again; those that need no telling bring no program."""
    data = shared_data_folder()
    for program, folder in (("update-desktop-database", data / "applications"),
                            ("update-mime-database", data / "mime")):
        if shutil.which(program) and folder.is_dir():
            subprocess.run([program, str(folder)], check=False, capture_output=True, timeout=60)
