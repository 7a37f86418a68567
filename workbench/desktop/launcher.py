"""What an entry of a menu starts on Linux and macOS: a script for ``/bin/sh``.

It lies outside of the program's folder and needs no Python, so that it can say in a window what is
wrong where that folder has gone or the program cannot even load Qt: nobody sees a terminal there.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

from workbench.desktop.program import Copy, gone, mending, start_log

_SCRIPT = r"""#!/bin/sh
# Workbench's entry in the applications menu starts this; it was written by Workbench.
python={python}
folder={folder}
log={log}

tell() {
    printf '%s\n' "$1" >&2
    if [ "$(uname)" = Darwin ]; then
        osascript -e 'on run words' -e 'display alert "Workbench" message (item 1 of words)' \
            -e 'end run' "$1" >/dev/null
    elif command -v zenity >/dev/null; then
        zenity --error --title=Workbench --width=480 --no-markup --text="$1"
    elif command -v kdialog >/dev/null; then
        kdialog --title Workbench --error "$1"
    elif command -v xmessage >/dev/null; then
        xmessage -center "$1"
    elif ! python3 -c 'import sys, tkinter.messagebox as box
box.showerror("Workbench", sys.argv[1])' "$1" && command -v notify-send >/dev/null; then
        notify-send --urgency=critical Workbench "$1"
    fi 2>/dev/null
}

if [ ! -x "$python" ] || [ ! -d "$folder" ]; then
    tell {gone}
    exit 1
fi
mkdir -p "$(dirname "$log")" 2>/dev/null
(: >"$log") 2>/dev/null || log=/dev/null
# files that lie where it is started from must not stand in for Python's own
export PYTHONSAFEPATH=1
"$python" -m workbench open "$@" >>"$log" 2>&1
code=$?
case $code in
    0|129|130|143) exit $code ;;  # closed, or ended with the session
esac
said=$(grep -iE 'error|could not|cannot' "$log" | tail -n 1 | cut -c 1-400)
[ -n "$said" ] || said=$(grep . "$log" | tail -n 1 | cut -c 1-400)
tell "Workbench has stopped: ${said:-it ended with code $code}

"{mending}"

All its messages are in $log."
exit $code
"""


def script(copy: Copy, remove: str) -> bytes:
    """The script's text; ``remove`` is the file that a person deletes to be rid of the entry."""
    values = {"python": str(copy.python), "folder": str(copy.folder), "log": str(start_log()),
              "gone": f"{gone(copy)}: {remove}", "mending": mending(copy)}
    return os.fsencode(re.sub(rf"\{{({'|'.join(values)})\}}",
                              lambda found: shlex.quote(values[found[1]]), _SCRIPT))


def script_file(folder: Path) -> Path:
    """Where it lies in the folder of the entry's own files."""
    return folder / "start.sh"
