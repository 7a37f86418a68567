"""``python -m workbench`` is the ``workbench`` command."""

from __future__ import annotations

import sys


def main() -> int:
    """The command; Ctrl+C is told in a word from its first import on."""
    try:
        from workbench.cli import main as command

        return command()
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
