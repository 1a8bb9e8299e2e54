"""Writing a file so that at every moment the old one or the new one is there, whole."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from pathlib import Path


def write_atomic(path: str | os.PathLike[str], data: bytes) -> None:
    """Replace the file by these bytes; what it held stays as ``name~``.

    A symbolic link is followed and stays one; permission bits stay. Raises OSError, and then the file is as
    it was and nothing is left beside it.
    """
    target = Path(os.path.realpath(path))
    mode = _mode(target)
    temporary = _write_beside(target, data, mode if mode is not None else _usual_mode())
    try:
        if mode is not None:
            _keep_backup(target)
        os.replace(temporary, target)
    except BaseException:
        _remove(temporary)
        raise
    _sync_folder(target.parent)


def _mode(target: Path) -> int | None:
    """The permission bits of a file that may be written; None where there is none yet."""
    try:
        status = target.stat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):
        raise OSError("not a regular file")
    if not os.access(target, os.W_OK):
        raise PermissionError(13, "the file is write-protected")
    return stat.S_IMODE(status.st_mode)


def _usual_mode() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _write_beside(target: Path, data: bytes, mode: int) -> str:
    """A temporary file in the same folder, safe on the disk. Its name."""
    descriptor, name = tempfile.mkstemp(prefix=".saving-", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)
    except BaseException:
        _remove(name)
        raise
    return name


def _keep_backup(target: Path) -> None:
    """``name~`` becomes what the file holds now: another name for it, or a copy where links do not exist."""
    spare = f"{target}~.tmp"
    _remove(spare)
    try:
        try:
            os.link(target, spare)
        except OSError:
            shutil.copy2(target, spare)
        os.replace(spare, f"{target}~")
    except BaseException:
        _remove(spare)
        raise


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power cut. The file is saved already, so a refusal is no error."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _remove(name: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(name)
