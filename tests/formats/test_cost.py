"""What reading costs before the first paint: nothing heavy is imported."""

from __future__ import annotations

import subprocess
import sys

IMPORTS = """
import sys
import workbench.formats.atomic, workbench.media.images.header, workbench.formats.image_sets
import workbench.formats.toml_file, workbench.formats.voc
print(sorted({"numpy", "lxml", "PIL", "PySide6", "torch"} & set(sys.modules)))
"""


def test_nothing_heavy_is_imported_before_the_first_paint() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True,
                          check=True)
    assert done.stdout == "[]\n"
