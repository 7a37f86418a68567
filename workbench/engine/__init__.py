"""Everything that imports torch."""

from __future__ import annotations

import os

# GNU OpenMP's threads wait for each other by spinning. Where another program has a core, the one
# that is waited for gets no time, and a step takes up to six times as long as it should. A
# short spin covers the usual wait between two layers. Read when torch is loaded, so set before.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "5000")
