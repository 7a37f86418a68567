"""Only regular files are opened, and only up to a size; nothing waits for a pipe."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from workbench.core.errors import UnusableFileError, WorkbenchError
from workbench.formats.image_sets import read_image_set
from workbench.formats.predictions import load_predictions
from workbench.formats.raven import read_raven
from workbench.formats.regular_file import open_regular, read_file, read_regular, require_regular
from workbench.formats.scores import load_scores
from workbench.formats.toml_file import read_toml_text
from workbench.formats.voc import read_voc
from workbench.media.images.file_kinds import kind_of_file
from workbench.media.images.header import read_image_info
from workbench.media.sounds.sound_info import read_sound_info
from workbench.project.imports.files import copy_file

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes by name here")

READERS: tuple[Callable[[Path], Any], ...] = (
    read_image_info, read_image_set, load_predictions, read_raven, load_scores,
    read_sound_info, read_toml_text, read_voc, read_file,
)


@pytest.fixture(params=["pipe", "link to a pipe", "device", "link to a device", "socket"])
def odd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    path = tmp_path / "odd"
    kind = request.param.removeprefix("link to a ")
    if kind == "socket":
        with socket.socket(socket.AF_UNIX) as listener:
            try:
                listener.bind(str(path))
            except OSError:
                pytest.skip("the temporary folder's path is too long for a socket")
            yield path, kind
        return
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path = Path("/dev/zero")
    if request.param.startswith("link"):
        link = tmp_path / "link"
        link.symlink_to(path)
        path = link
    yield path, kind


def test_what_is_no_file_is_told_and_not_opened(odd: tuple[Path, str]) -> None:
    path, kind = odd
    for opening in (open_regular, read_regular, require_regular):
        with pytest.raises(UnusableFileError, match=f"it is not a file but a {kind}"):
            opening(path)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
def test_every_reader_refuses_with_the_programs_error(
    odd: tuple[Path, str], reader: Callable[[Path], Any]
) -> None:
    path, kind = odd
    with pytest.raises(WorkbenchError) as caught:
        reader(path)
    assert caught.value.message == f"it is not a file but a {kind}"
    assert caught.value.path == path


def test_its_kind_is_unknown(odd: tuple[Path, str]) -> None:
    assert kind_of_file(odd[0]) == ""


def test_a_link_to_a_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"here")
    (tmp_path / "link").symlink_to("file")
    assert read_regular(tmp_path / "link") == b"here"
    with open_regular(tmp_path / "link") as stream:
        assert stream.read() == b"here"


def test_up_to_its_limit_and_no_further(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_regular(path, 5) == b"12345"
    with pytest.raises(UnusableFileError, match="larger than 4 bytes"):
        read_regular(path, 4)
    with pytest.raises(UnusableFileError):
        open_regular(path, 4)


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (3 << 20) + 7])
def test_a_large_file_is_read_and_copied_whole(tmp_path: Path, size: int) -> None:
    data = bytes(range(251)) * (size // 251 + 1)
    (tmp_path / "file").write_bytes(data[:size])
    assert read_regular(tmp_path / "file") == data[:size]
    copy_file(tmp_path / "file", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == data[:size]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "file"]


def test_a_sparse_giant_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "giant.xml"
    with path.open("wb") as stream:
        stream.truncate(2 << 30)
    with pytest.raises(WorkbenchError, match=r"giant\.xml: it is larger than 64 MB.*; cut "
                       "the image or recording that it labels into several"):
        read_voc(path)


def test_a_file_that_says_it_is_empty_is_read_to_its_end() -> None:
    status = Path("/proc/self/status")
    if not status.exists():
        pytest.skip("there is no /proc here")
    assert b"Pid:" in read_regular(status)
    with pytest.raises(UnusableFileError):
        read_regular(status, 10)


def test_a_folder_and_a_missing_file_are_told_as_ever(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        read_regular(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_regular(tmp_path / "none")
    with pytest.raises(WorkbenchError, match="it is a folder, not a file"):
        read_file(tmp_path)
