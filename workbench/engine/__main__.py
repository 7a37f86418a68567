"""``python -m workbench.engine``: the engine as a process for the window."""

from __future__ import annotations

import sys

from workbench.engine.service import main

if __name__ == "__main__":
    sys.exit(main())
