"""Everything that imports torch."""

from __future__ import annotations

import os

# GNU OpenMP's threads wait for each other by spinning. Where another program has a core, the one
# that is waited for gets no time, and a step takes up to six times as long as it should. A
# short spin covers the usual wait between two layers. Read when torch is loaded, so set before.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "5000")

# Of a Mac, read when torch is loaded, too. What its GPU has no operation for is computed on the
# processor, where torch would end the job.
os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")
# GPU and processor share the memory, and torch takes up to 1.7 times what Metal recommends: more
# than there is on most Macs, which then swap for hours. With 1 it says that the memory is full, and
# a step comes in parts. The soft limit must not lie above the hard one.
_LIMITS = {"PYTORCH_MPS_HIGH_WATERMARK_RATIO": "1.0", "PYTORCH_MPS_LOW_WATERMARK_RATIO": "0.9"}
if not _LIMITS.keys() & os.environ.keys():
    os.environ.update(_LIMITS)
