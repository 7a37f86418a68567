"""``pythonw -m workbench.desktop.watched [PATH]``: the program, started without a console.

For the Start menu of Windows, where nobody would see why it does not start; on other systems a
script does the same (:mod:`workbench.desktop.launcher`).
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from workbench.desktop.program import mending, start_log, this_copy
from workbench.desktop.windows import message

_TELLING = re.compile(r"error|could not|cannot", re.IGNORECASE)
_LONGEST = 400


def main(paths: Sequence[str], tell: Callable[[str], object] = message) -> int:
    """Run the program to its end; ``tell`` is called with a sentence where it fails."""
    log = start_log()
    command = [sys.executable, "-P", "-m", "workbench", "open", *paths]
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as out:
            code = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=out,
                                  stderr=subprocess.STDOUT).returncode
        said = log.read_text("utf-8", "replace")
    except OSError as error:
        code, said = 1, str(error)
    if code:
        tell(f"Workbench has stopped: {_reason(said) or f'it ended with code {code}'}\n\n"
             f"{mending(this_copy())}\n\nAll its messages are in {Path(log)}.")
    return code


def _reason(said: str) -> str:
    """The line that says most."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if _TELLING.search(line)] or lines
    return telling[-1][:_LONGEST] if telling else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
