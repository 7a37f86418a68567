"""The wheel holds all that the program needs, and works from a clean environment."""

from __future__ import annotations

import ensurepip
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
SHIPPED = ("resources", "plugins")

LOOK_AT_THE_WINDOW = """
import sys
from PySide6.QtCore import QTimer
from workbench import app
from workbench.project import samples
from workbench.gui.shell.main_window import MainWindow

seen = []
original = MainWindow.__init__

def build(self, context, projects):
    original(self, context, projects)
    context.message.connect(lambda tone, text: tone == "bad" and seen.append(text))

    def look():
        if context.session is not None and len(context.session.index) > 40:
            icon = not context.theme.icon("box").isNull()
            print("images:", len(context.session.index), "icon:", icon, "said:", seen, flush=True)
            self.close_now()
            QTimer.singleShot(0, app.QApplication.quit)

    self.timer = QTimer(self)
    self.timer.timeout.connect(look)
    self.timer.start(20)

MainWindow.__init__ = build
sys.exit(app.main(["workbench", "--sample"]))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of what a checkout holds, so that the checkout stays as it is."""
    source = tmp_path_factory.mktemp("source")
    for name in ("workbench", *SHIPPED):
        shutil.copytree(ROOT / name, source / name,
                        ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-c", BUILD, str(out)], cwd=source, check=True,
                   capture_output=True)
    (made,) = out.glob("*.whl")
    return made


class Installed:
    """An environment with the wheel in it, far from any checkout.

    Its libraries are those of the environment that runs the tests; a stranger's packages called
    "plugins" and "resources" lie beside the program, as they may in real life.
    """

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.folder = folder
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "env")],
                       check=True)
        pip = next(Path(ensurepip.__file__).parent.glob("_bundled/pip-*.whl"))  # runs as it lies
        self._run(str(pip / "pip"), "install", "-q", "--no-deps", "--no-index", "--no-compile",
                  "--disable-pip-version-check", str(wheel))
        packages = Path(self._run("-c", "import sysconfig; print(sysconfig.get_path('purelib'))"))
        (packages / "libraries.pth").write_text(sysconfig.get_path("purelib"))
        for name in SHIPPED:
            (packages / name / "stranger").mkdir(parents=True)
            (packages / name / "stranger" / "__init__.py").write_text(
                "def register():\n    raise SystemExit('a stranger was executed')\n")

    def _run(self, *arguments: str) -> str:
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith(("PYTHONPATH", "PYTHONDONT", "WORKBENCH_", "XDG_"))}
        environment |= {"HOME": str(home), "QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "2"}
        python = self.folder / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
        done = subprocess.run([str(python), *arguments], cwd=self.folder, env=environment,
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def python(self, code: str) -> str:
        return self._run("-c", code)

    def workbench(self, *arguments: str) -> str:
        return self._run("-m", "workbench", *arguments)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    folder = tmp_path_factory.mktemp("installed")
    yield Installed(folder, wheel)
    shutil.rmtree(folder, ignore_errors=True)


def test_every_shipped_file_is_in_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name.partition("/share/workbench/")[2] for name in archive.namelist()}
        top = {name.split("/")[0] for name in archive.namelist()}
        packaged = {name for name in archive.namelist() if name.startswith("workbench/")}
    wanted = {path.relative_to(ROOT).as_posix() for name in SHIPPED
              for path in (ROOT / name).rglob("*")
              if path.is_file() and path.suffix != ".pyc"}
    assert wanted and wanted <= held
    ours = {path.relative_to(ROOT).as_posix() for path in (ROOT / "workbench").rglob("*")
            if path.is_file() and path.suffix != ".pyc"}
    assert ours <= packaged and any(name.endswith("/templates/report.html") for name in ours)
    assert {name for name in top if not name.startswith("workbench")} == set()


def test_nothing_but_the_programs_own_plugins_is_executed(installed: Installed) -> None:
    said = installed.python(
        "from workbench.extension.plugins import load_plugins\n"
        "from workbench.extension.registry import recipes\n"
        "import workbench\n"
        "print(load_plugins(), 'blob' in recipes, 'installed' in workbench.__file__)")
    assert said == "[] True True"


def test_the_window_opens_its_sample(installed: Installed) -> None:
    assert installed.python(LOOK_AT_THE_WINDOW) == "images: 48 icon: True said: []"


def test_the_sample_of_sounds_is_made(installed: Installed) -> None:
    installed.python("from workbench.project.samples import *\n"
                     "make_sample_project(sample_folder('sounds'), SAMPLES['sounds'].generator)")
    assert list((installed.folder / "home").rglob("*.wav"))
