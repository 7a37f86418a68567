#!/usr/bin/env python3
"""Set Workbench up, run it, test it: ``python3 packaging/bootstrap.py [setup|run|start|test] …``.

On Windows: ``py packaging\\bootstrap.py …``. Needs nothing but Python 3.11 or newer. Makes
``.venv`` from ``packaging/requirements.lock``, whose hashes are checked; says what it does and how
long each step took. A second call finds all in place. Where nothing is named, ``run`` opens a
sample; ``start``, which the files to double-click call, the page with the latest projects.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this file must be able to say so on an older Python
    sys.exit(
        "Workbench needs Python 3.11 or newer, and this is "
        + sys.version.split()[0]
        + ". Install a newer one (python.org, or your system's packages) and call it instead."
    )

if sys.maxsize < 2**32:
    sys.exit("Workbench needs a 64-bit Python, as torch does, and this one has 32 bits.")

import contextlib
import csv
import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
TOOLS = ROOT / ".tools"
LOCK = ROOT / "packaging" / "requirements.lock"
STAMP = VENV / "workbench-setup"
UNFINISHED = VENV / "workbench-unfinished"
"""There while packages are installed: one of which only half was written would else be taken for
whole by all later calls."""
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
EXE = ".exe" if os.name == "nt" else ""

PREPARED = "PySide unpacked"
"""What set-up does beyond the packages; other words make it do all once more."""

QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libpulse.so.0": "libpulse0",
    "libpulse-mainloop-glib.so.0": "libpulse-mainloop-glib0",
}
"""What Qt's wheels load from a Linux system, and the Debian package that holds it."""

RUNTIME = "msvcp140.dll"
"""Of Microsoft's C++: torch loads it from a Windows system, and brings none."""

TORCH = ("torch", "torchaudio", "torchvision")
"""What computes on a GPU; PyPI's builds of it for Windows compute on the processor only."""

FONTS = ("fonts-inter", "fonts-dejavu-core")
TEST_PROGRAMS = {
    "Xvfb": "xvfb",
    "xdotool": "xdotool",
    "pulseaudio": "pulseaudio",
    "pactl": "pulseaudio-utils",
}
"""What the tests with a real mouse and a real microphone need; they skip visibly without."""


def say(text: str) -> None:
    print(f"· {text}", flush=True)


@contextlib.contextmanager
def step(text: str) -> Iterator[None]:
    """Announce a step and say afterwards how long it took."""
    say(f"{text} …")
    start = time.perf_counter()
    yield
    say(f"{text}: {time.perf_counter() - start:.1f} s")


def quietly() -> list[str]:
    """Options of uv: in a terminal it shows how far its downloads are."""
    return [] if sys.stderr.isatty() else ["-q"]


def call(*command: str | Path, quiet: bool = False) -> None:
    """Run a command; end with its words where it fails."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=ROOT, check=False, encoding="utf-8", errors="replace",
        stdout=subprocess.PIPE if quiet else None, stderr=subprocess.STDOUT if quiet else None,
    )
    if done.returncode:
        sys.exit(f"{done.stdout or ''}\nThis step failed: {' '.join(words)}\n"
                 "What was downloaded is kept: call this once more, and it goes on.")


def venv_program(name: str) -> Path:
    return VENV / SCRIPTS / (name + EXE)


# --- Macs -----------------------------------------------------------------------------------------

OLDEST_MACOS = 14
"""What the wheels of onnxruntime and torch that are pinned ask for."""


def refused_on_mac() -> str:
    """Why the pinned packages cannot be installed on this Mac, as a sentence; "" where they can."""
    if sys.platform != "darwin":
        return ""
    if platform.machine() != "arm64":
        if _is_translated():
            return ("This Python is made for Intel processors, and this Mac has one of Apple's: "
                    "install a Python for Apple silicon (python.org has one) and call it instead.")
        return ("Workbench does not run on Macs with an Intel processor: PyTorch has ended its "
                "packages for them.")
    version = platform.mac_ver()[0]
    if version != "10.16" and version and int(version.split(".")[0]) < OLDEST_MACOS:
        return (f"Workbench needs macOS {OLDEST_MACOS} or newer, and this is macOS {version}: the "
                "packages that it stands on are not made for older ones.")
    return ""


def _is_translated() -> bool:
    """Whether Rosetta runs this Intel program on one of Apple's processors."""
    asked = subprocess.run(["/usr/sbin/sysctl", "-in", "sysctl.proc_translated"], check=False,
                           capture_output=True, text=True)
    return asked.stdout.strip() == "1"


# --- system libraries -----------------------------------------------------------------------------


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing_packages(with_tests: bool) -> tuple[list[str], list[str]]:
    """Debian packages that are missing: (needed by the window, wanted for tests and looks)."""
    if not sys.platform.startswith("linux"):
        return [], []
    needed = [package for lib, package in QT_LIBRARIES.items() if not _loads(lib)]
    wanted = [
        package for program, package in TEST_PROGRAMS.items()
        if with_tests and shutil.which(program) is None
    ]
    has_fonts = any(Path("/usr/share/fonts").rglob("*.[to]tf"))
    return needed, wanted + ([] if has_fonts else list(FONTS))


def apt_prefix() -> list[str] | None:
    """How apt-get can be called without a question, or None."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return ["apt-get"]
    if shutil.which("sudo") and subprocess.run(
        ["sudo", "-n", "true"], capture_output=True, check=False
    ).returncode == 0:
        return ["sudo", "-n", "apt-get"]
    return None


def install_system_libraries(with_tests: bool) -> None:
    needed, wanted = missing_packages(with_tests)
    packages = needed + wanted
    if sys.platform == "win32" and not _loads(RUNTIME):
        say("Training needs Microsoft's Visual C++ Redistributable. Please install once:\n\n"
            "    https://aka.ms/vs/17/release/vc_redist.x64.exe\n")
    if not packages:
        return
    prefix = apt_prefix()
    line = f"sudo apt-get install -y {' '.join(packages)}"
    if prefix is None:
        if needed:
            say(f"The window needs a few system libraries. Please type once:\n\n    {line}\n")
        else:
            say(f"For all tests, type once: {line}")
        return
    with step(f"Installing {len(packages)} system packages ({', '.join(packages)})"):
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run([*prefix, "update", "-q"], env=env, check=False, capture_output=True)
        done = subprocess.run(
            [*prefix, "install", "-y", "-q", "--no-install-recommends", *packages],
            env=env, check=False, capture_output=True, text=True,
        )
    if done.returncode:
        say(f"That did not work ({done.stderr.strip().splitlines()[-1:]}). "
            f"Please type once:\n\n    {line}\n")


# --- Python environment ---------------------------------------------------------------------------


def fingerprint() -> str:
    digest = hashlib.sha256((sys.version + PREPARED).encode())
    for path in (LOCK, ROOT / "pyproject.toml"):
        digest.update(path.read_bytes())
    return f"{digest.hexdigest()} {ROOT}"


def works(program: Path, *words: str) -> bool:
    """Whether a program is there and can be run."""
    with contextlib.suppress(OSError):
        return subprocess.run([program, *words], check=False, capture_output=True).returncode == 0
    return False


def find_uv() -> str:
    """Return a uv, installing it into ``.tools`` with pip where there is none."""
    found = shutil.which("uv")
    if found:
        return found
    own = TOOLS / SCRIPTS / ("uv" + EXE)
    if not works(own, "--version"):  # also one that was cut off while it was written
        with step("Getting uv, which installs the rest quickly"):
            _make_tools_venv()
            call(TOOLS / SCRIPTS / ("python" + EXE), "-m", "pip", "install", "-q",
                 "--disable-pip-version-check", "--force-reinstall", "uv>=0.9", quiet=True)
    return str(own)


def _make_tools_venv() -> None:
    command = [sys.executable, "-m", "venv", str(TOOLS)]
    if subprocess.run(command, check=False, capture_output=True).returncode == 0:
        return
    shutil.rmtree(TOOLS, ignore_errors=True)
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    prefix = apt_prefix()
    if prefix is None:
        sys.exit(f"Python's venv module is missing. Please type once: "
                 f"sudo apt-get install -y {package}")
    subprocess.run([*prefix, "update", "-q"], check=False, capture_output=True)
    call(*prefix, "install", "-y", "-q", package, quiet=True)
    call(*command, quiet=True)


def pyside_files() -> list[Path]:
    """Folders that :func:`unpack_pyside` made: one, or none yet."""
    ends = "site-packages/shiboken6/files.dir"
    return [*VENV.glob(f"lib/python*/{ends}"), *VENV.glob(f"Lib/{ends}")]


def pack_pyside() -> None:
    """Take away what was unpacked: no package lists it, so it would outlast its version."""
    for folder in pyside_files():
        shutil.rmtree(folder)


def unpack_pyside() -> None:
    """Write the Python part of PySide, which comes inside its library, into files and compile them.

    Else each start compiles it anew, a tenth of the time until the window is painted. ``SBK_EMBED``
    is PySide's own switch for this; without the files, PySide goes on as it comes.
    """
    python = venv_program("python")
    done = subprocess.run([python, "-c", "import PySide6.QtCore"], check=False, cwd=ROOT,
                          env={**os.environ, "SBK_EMBED": "0"}, capture_output=True)
    if done.returncode:
        pack_pyside()
    for folder in pyside_files():
        call(python, "-m", "compileall", "-q", folder, quiet=True)


def forget_halves() -> None:
    """Have packages installed again of which files are missing or cut off."""
    for about in (*VENV.glob("lib/python*/site-packages/*.dist-info"),
                  *VENV.glob("Lib/site-packages/*.dist-info")):
        if not is_whole(about):
            shutil.rmtree(about)  # uv goes by this folder


def is_whole(about: Path) -> bool:
    """Whether all files are there, with their sizes, that a package's ``RECORD`` lists."""
    try:
        with (about / "RECORD").open(encoding="utf-8", newline="") as lines:
            files = [(about.parent / row[0], row[2]) for row in csv.reader(lines) if row]
        return bool(files) and all(path.stat().st_size == int(size or path.stat().st_size)
                                   for path, size in files)
    except (OSError, ValueError, IndexError):
        return False


def has_card_on_windows() -> bool:
    """Whether this is Windows with the driver of an NVIDIA GPU, which brings ``nvidia-smi``."""
    return os.name == "nt" and shutil.which("nvidia-smi") is not None


def install_torch_for_card(uv: str | Path) -> bool:
    """Replace PyPI's torch by the build of the same version for the NVIDIA GPU that is here.

    It comes from PyTorch's own index, so its hashes are not in the lock; uv asks the driver which
    CUDA it knows. Where that fails, all works on, on the processor. Returns whether it succeeded.
    """
    pinned = [line.split()[0] for line in LOCK.read_text("utf-8").splitlines()
              if line.partition("==")[0] in TORCH]
    again = [word for name in TORCH for word in ("--reinstall-package", name)]
    with step("Getting PyTorch for the NVIDIA GPU, from pytorch.org (2 to 3 GB)"):
        done = subprocess.run(
            [uv, "pip", "install", *quietly(), "--compile-bytecode",
             "--python", venv_program("python"), "--torch-backend", "auto",
             "--no-deps", *again, *pinned],
            cwd=ROOT, check=False)
    if done.returncode:
        say("That failed, so trainings compute on the processor, which is much slower. To try "
            f"again, delete {STAMP} and call this once more.")
    return not done.returncode


def setup(with_tests: bool = False) -> None:
    """Make the environment, or find that it is there."""
    refused = refused_on_mac()
    if refused:
        sys.exit(refused)
    install_system_libraries(with_tests)
    if STAMP.is_file() and STAMP.read_bytes() == fingerprint().encode("utf-8", "replace"):
        return
    uv = find_uv()
    for name in ("UV_SYSTEM_CERTS", "UV_NATIVE_TLS"):  # newer and older uv
        os.environ.setdefault(name, "1")  # trust what this machine trusts, also behind a firewall
    if UNFINISHED.exists():
        with step("The set-up before was interrupted: looking through what it has installed"):
            forget_halves()
    # also where the Python has gone that it was made with, or where it was not made to its end
    own = "import sys; sys.exit(sys.prefix == sys.base_prefix)"
    if not works(venv_program("python"), "-c", own):
        with step("Making .venv"):
            call(uv, "venv", "-q", "--allow-existing", "--python", sys.executable, VENV)
    UNFINISHED.touch()
    with step("Installing the pinned packages (several GB the first time, mostly torch)"):
        # compiled here, where one waits anyway: the first training would else wait for it
        pack_pyside()
        call(uv, "pip", "sync", *quietly(), "--compile-bytecode",
             "--python", venv_program("python"), "--require-hashes", LOCK)
        unpack_pyside()
    if has_card_on_windows():
        install_torch_for_card(uv)
    with step("Installing Workbench itself"):
        call(uv, "pip", "install", "-q", "--python", venv_program("python"),
             "--no-deps", "--no-build-isolation", "--editable", ROOT)
        call(venv_program("python"), "-m", "compileall", "-q", ROOT / "workbench", quiet=True)
    STAMP.write_bytes(fingerprint().encode("utf-8", "replace"))
    UNFINISHED.unlink()
    say("Workbench is set up. Its window adds it to the applications menu: Help › Add to the "
        f"applications menu (or {venv_program('workbench')} menu --add).")


# --- commands -------------------------------------------------------------------------------------


def has_display() -> bool:
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def run(arguments: list[str]) -> int:
    setup()
    if has_display():
        return workbench("open", *(arguments or ["--sample"]))
    out = ROOT / "out" / "demo"
    say("There is no display here, so the whole job runs without a window: "
        f"label, train, evaluate. The pictures and the report go to {out}")
    return workbench("demo", "--out", str(out))


def workbench(*words: str) -> int:
    """Run the program's command; files named in it are seen from where a person is."""
    return subprocess.run([venv_program("python"), "-P", "-m", "workbench", *words],
                          check=False).returncode


def start(arguments: list[str]) -> int:
    """What a double-click does: the window, and words that need no knowledge of a terminal."""
    if not has_display():
        say("There is no display here to open a window on.")
        return 1
    if not STAMP.exists():
        say("Workbench is being set up. This happens once and takes some minutes: several GB are "
            "fetched. If it is interrupted, start it again.")
    setup()
    os.environ["WORKBENCH_CLICKED"] = "yes"  # the window offers an entry in the menu once
    say("The window opens. Closing this one closes Workbench, too; you can minimise it.")
    words = [str(Path(word).absolute()) if Path(word).exists() else word for word in arguments]
    os.chdir(Path.home())  # else dialogs begin among the program's own files on Windows
    return workbench("open", *words)


def test(arguments: list[str]) -> int:
    """ruff, then the tests with mypy and import-linter beside them."""
    setup(with_tests=True)
    # Tests wait for windows and processes half of the time: one worker more than there are cores.
    workers = str(min((os.cpu_count() or 1) + 1, 4))
    first = {"ruff": [venv_program("ruff"), "check", "."]}
    beside = {"types": [venv_program("mypy")],
              "imports": [venv_program("lint-imports"), "--no-logo"]}
    # With it, pytest rewrites the assertions of all files again in each run and worker, which takes
    # half a minute each time.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # Neighbours stay together, so that what a file or a folder sets up is set up once.
    pytest = [venv_program("python"), "-m", "pytest", "-q"]
    last = {"tests": [*pytest, "-n", workers, "--dist", "worksteal", *arguments]}
    failed = [name for name, command in first.items() if not passes(name, command)]
    running = {name: subprocess.Popen(
        [str(word) for word in command], cwd=ROOT, encoding="utf-8", errors="replace",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for name, command in beside.items()}
    if not any((ROOT / "tests").rglob("*-pytest-*.pyc")):
        with step("Rewriting assertions once for all workers"):  # what fails, the tests tell
            subprocess.run([*pytest, "--collect-only", *arguments], cwd=ROOT, check=False,
                           capture_output=True)
    failed += [name for name, command in last.items() if not passes(name, command)]
    for name, process in running.items():
        said, _ = process.communicate()
        say(f"Checked: {name}")
        print(said, flush=True)
        if process.returncode:
            failed.append(name)
    say(f"Failed: {', '.join(failed)}" if failed else "All checks passed")
    return 1 if failed else 0


def passes(name: str, command: list[str | Path]) -> bool:
    """Whether a check passes; what it says goes to the terminal."""
    with step(f"Checking: {name}"):
        words = [str(word) for word in command]
        return subprocess.run(words, cwd=ROOT, check=False).returncode == 0


def main() -> int:
    commands = {"setup": lambda _: setup() or 0, "run": run, "start": start, "test": test}
    name, *arguments = sys.argv[1:] or [""]
    for stream in (sys.stdout, sys.stderr):  # a file, in an encoding that has no "…" or "ü"
        stream.reconfigure(errors="backslashreplace")
    if name not in commands:
        print(__doc__)
        return 2
    return commands[name](arguments)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
