"""What a job frees comes back for the next step without the system's help, and goes at its end."""

from __future__ import annotations

import json
import platform
import subprocess
import sys

import pytest

INSIDE = """
import json, resource
import psutil
from workbench.engine.memory import kept_memory

def step():
    return sum((b"x" * (40 * 2**20))[-1] for _ in range(3))

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

with kept_memory():
    step()
    before = faults()
    step()
    new = faults() - before
    held = psutil.Process().memory_info().rss
print(json.dumps({"new": new, "held": held, "after": psutil.Process().memory_info().rss}))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library has other ways")
def test_what_a_step_frees_is_there_for_the_next_and_gone_after_the_job() -> None:
    done = subprocess.run([sys.executable, "-c", INSIDE], capture_output=True, text=True,
                          check=True, timeout=60)
    found = json.loads(done.stdout)
    assert found["new"] < 1000, "each block would be 10,240 new pages of 4 kB"
    assert found["held"] - found["after"] > 30 * 2**20
