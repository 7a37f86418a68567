"""Measure what the program promises: ``python tests/benchmarks/run.py [NAME …] [--json]``.

Every benchmark runs in a fresh process, prints medians, and says what it compared with in the same
run. These are not tests: nothing fails because a machine is slow.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
BENCHMARKS = {
    "startup": "bench_startup",
    "first_step": "bench_first_step",
    "open_folder": "bench_open_folder",
    "next_image": "bench_next_image",
    "many_boxes": "bench_many_boxes",
    "many_dots": "bench_many_dots",
    "polygons": "bench_polygons",
    "brush": "bench_brush",
    "measure": "bench_measure",
    "huge_image": "bench_huge_image",
    "ui_latency": "bench_ui_latency",
    "train_overhead": "bench_train_overhead",
    "train_sizes": "bench_train_sizes",
    "predict": "bench_predict",
    "predict_folder": "bench_predict_folder",
    "video": "bench_video",
    "review": "bench_review",
    "nms_slider": "bench_nms_slider",
    "audio_train": "bench_audio_train",
    "audio_live": "bench_audio_live",
    "audio_memory": "bench_audio_memory",
    "voc": "bench_voc",
    "import_formats": "bench_import_formats",
    "audio_open": "bench_audio_open",
    "audio_zoom": "bench_audio_zoom",
    "class_suggestions": "bench_class_suggestions",
    "sort_view": "bench_sort_view",
    "ten_classes": "bench_ten_classes",
    "label_next": "bench_label_next",
    "find_sounds": "bench_find_sounds",
    "six_tasks": "bench_six_tasks",
    "areas": "bench_areas",
    "live-areas": "bench_live_areas",
    "relabel": "bench_relabel",
    "odd": "bench_odd",
}
"""Name → module beside this file with a function ``measure(folder: Path) -> dict``."""


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "cores": os.cpu_count(), "system": platform.system(), "machine": platform.machine(),
        "python": platform.python_version(), "load": round(os.getloadavg()[0], 2),
    }


def run_one(name: str) -> dict[str, Any]:
    """Run one benchmark in a process of its own, in a scratch folder and with an empty home."""
    with tempfile.TemporaryDirectory(prefix=f"bench-{name}-") as scratch:
        env = {**os.environ, "HOME": scratch, "XDG_CONFIG_HOME": f"{scratch}/config",
               "XDG_CACHE_HOME": f"{scratch}/cache", "XDG_DATA_HOME": f"{scratch}/data"}
        # where it is set, Python would compile every file again at every start
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        env.setdefault("QT_QPA_PLATFORM", "offscreen")
        done = subprocess.run(
            [sys.executable, str(HERE / "run.py"), "--inside", name, scratch],
            env=env, capture_output=True, text=True, check=False,
        )
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-12:]}
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--json", action="store_true", help="print one JSON object, nothing else")
    parser.add_argument("--inside", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        sys.path.insert(0, str(HERE))
        name, scratch = arguments.inside
        result = importlib.import_module(BENCHMARKS[name]).measure(Path(scratch))
        print(json.dumps(result))
        return 0
    unknown = [name for name in arguments.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"there is no benchmark “{unknown[0]}”; there are: {', '.join(BENCHMARKS)}")
    results: dict[str, Any] = {"machine": machine()}
    for name in arguments.names or list(BENCHMARKS):
        results[name] = run_one(name)
        if not arguments.json:
            print(f"{name}: {json.dumps(results[name], indent=2)}", flush=True)
    if arguments.json:
        print(json.dumps(results, indent=2))
    return 1 if any("failed" in value for value in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
