"""The benchmark for GPUs measures every row, on tiny data, where there is none."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "gpu.py"


@pytest.mark.timeout(1800)
def test_every_row_of_the_benchmark_can_be_measured() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT), "--json", "--device", "cpu"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    rows = {name: row for name, row in json.loads(done.stdout).items() if isinstance(row, dict)}
    assert len(rows) >= 12 and not [name for name, row in rows.items() if "failed" in row]
    same = rows["eager = recorded"]
    assert same["equal to the last bit"] == same["steps"]
