"""The examples of docs/extending.md, put together as it says, are a plugin that works."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]


def write_plugin(folder: Path) -> None:
    files: dict[str, list[str]] = defaultdict(list)
    text = (ROOT / "docs" / "extending.md").read_text("utf-8")
    for name, code in re.findall(r"^```python\n# (\w+\.py)\n(.*?)^```", text, re.M | re.S):
        files[name].append(code)
    files["model.py"].insert(0, (ROOT / "plugins" / "blob" / "model.py").read_text("utf-8"))
    imports, calls = [], []
    for code in files.pop("__init__.py"):
        for part in ast.parse(code).body:
            (imports if isinstance(part, ast.ImportFrom) else calls).append(ast.unparse(part))
    files["__init__.py"] = [*imports, "def register():", *(f"    {call}" for call in calls)]
    folder.mkdir(parents=True)
    for name, parts in files.items():
        (folder / name).write_text("\n".join(parts), "utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Images with the labels of ``dots.txt``."""
    source = tmp_path / "source"
    source.mkdir()
    lines = []
    for number in range(10):
        image = Image.new("RGB", (64, 64), (10, 10, 10))
        image.paste((240, 240, 240), (number, 8, number + 20, 28))
        image.save(source / f"{number}.png")
        lines.append(f"{number}.png spot {number} 8 {number + 20} 28")
    (source / "dots.txt").write_text("\n".join(lines), "utf-8")
    return source


def shell(plugins: Path, *lines: list[str]) -> subprocess.CompletedProcess[str]:
    """Commands in a process of its own, which finds the plugin by itself as a person's does."""
    code = ("import json, sys\nfrom workbench.cli import main\n"
            "sys.exit(max(main(line) for line in json.loads(sys.argv[1])))")
    return subprocess.run([sys.executable, "-c", code, json.dumps(lines)], capture_output=True,
                          text=True, env=os.environ | {"WORKBENCH_PLUGINS": str(plugins)},
                          check=False)


def test_every_example_is_used_from_the_shell(project: Path, tmp_path: Path) -> None:
    write_plugin(tmp_path / "plugins" / "copied")
    made, model, back = str(tmp_path / "made"), tmp_path / "model.pt", tmp_path / "back"
    chosen = ["--device", "cpu", "--epochs", "1"]
    for setting in ("image_size=64", "optimizer=rprop", "schedule=flat", "sampler=hard",
                    "augment.speckle=0.5"):
        chosen += ["--set", setting]
    done = shell(
        tmp_path / "plugins",
        ["import", str(project), "--project", made],
        ["train", made, "--recipe", "bright-spots", *chosen, "--set", "blob.channels=4"],
        ["explain", made, str(project / "3.png"), "--method", "weights"],
        ["train", made, "--recipe", "compact-n", *chosen],
        ["export", made, "--format", "traced", "--out", str(model)],
        ["export-labels", made, "--format", "dots", "--out", str(back)],
        ["first-image", made])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\nWeights of each layer\n" in done.stdout and done.stdout.endswith("\n0.png\n")
    assert model.stat().st_size > 1000
    assert (back / "dots.txt").read_text("utf-8") == (project / "dots.txt").read_text("utf-8")


def test_the_shell_tells_of_one_that_fails_and_knows_what_the_others_add(tmp_path: Path) -> None:
    write_plugin(tmp_path / "copied")
    (tmp_path / "faulty").mkdir()
    (tmp_path / "faulty" / "__init__.py").write_text("1 / 0\n", "utf-8")
    done = shell(tmp_path, ["export", str(tmp_path / "gone"), "--format", "traced", "--out", "x"])
    told = done.stderr.splitlines()
    assert "faulty" in told[0] and "line 1" in told[0] and "ZeroDivisionError" in told[0]
    assert "there is no folder" in told[1] and len(told) == 2
