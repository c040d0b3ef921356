"""Writing that survives a crash: beside, synced, then one rename."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from spectra.store.file_lock import lock

GRACE = 60.0
"""Seconds that a partial folder is left alone before its lock is looked at: its writer may not have locked it yet."""

ADVICE = {
    errno.EACCES: "no permission; change the permissions or choose another folder",
    errno.EPERM: "no permission; change the permissions or choose another folder",
    errno.EROFS: "the file system is read-only; choose another folder",
    errno.ENOTDIR: "a file stands where a folder is needed; remove the file or choose another folder",
    errno.EEXIST: "a file stands where a folder is needed; remove the file or choose another folder",
    errno.ENOSPC: "the disk is full; make room and start again: finished runs are kept. Where bytes are free there "
    "may be too many files: df -i tells, and spectra compact makes them few",
    errno.EDQUOT: "the disk quota is used up; make room and start again: finished runs are kept",
    errno.EFBIG: "the file is larger than is allowed here; raise the limit and start again: finished runs are kept",
    errno.EMFILE: "too many files are open; raise the limit (ulimit -n) and start again: finished runs are kept",
    errno.ENFILE: "too many files are open; raise the limit (ulimit -n) and start again: finished runs are kept",
    errno.EIO: "the disk, or the connection to it, has failed; see to it and start again: finished runs are kept",
    errno.EINTR: "the file system was interrupted; start again: finished runs are kept",
    errno.ESTALE: "the network file system has lost it; see whether the folder is mounted, and start again",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an error of the operating system about a path into one of the same class that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno is None:  # explained already
            raise
        place = error.filename if isinstance(error.filename, str) else path
        raise type(error)(f"{place}: {ADVICE.get(error.errno, error.strerror)}") from error


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder; when this returns they are on the disk."""
    write_folders(folder.parent, {folder.name: files})


def write_folders(parent: Path, folders: Mapping[str, Mapping[str, bytes]]) -> None:
    """Write files into several folders, which are made if need be; when this returns they are on the disk."""
    # All are written before the first is synced: the system then writes most of them together.
    paths = []
    for folder, files in folders.items():
        (parent / folder).mkdir(exist_ok=True)
        for name, content in files.items():
            paths.append(parent / folder / name)
            with paths[-1].open("wb") as file:
                file.write(content)
    for path in paths:
        with path.open("r+b") as file:
            os.fsync(file.fileno())
    for folder in folders:
        sync_folder(parent / folder)


def write_file(partial: Path, path: Path, content: bytes) -> None:
    """Write one file, which appears whole by one rename, in place of an earlier one.

    Args:
        partial: A folder on the same file system for what is being written.
        path: The file, in a folder that exists.
        content: Its bytes, which are on the disk when this returns.
    """
    with partial_folder(partial, path.stem) as beside:
        write_folder(beside, {path.name: content})
        (beside / path.name).replace(path)
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on the disk."""
    if sys.platform == "win32":  # which cannot open folders
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_folder(new: Path, final: Path, aside: Path) -> None:
    """Put a folder in the place of another, if there is one; that is moved aside, and comes back if this fails."""
    if not final.exists():
        new.rename(final)
        return
    final.rename(aside)
    try:
        new.rename(final)
    except OSError:
        aside.rename(final)
        raise


@contextmanager
def partial_folder(parent: Path, name: str) -> Iterator[Path]:
    """A new folder to write in; what is left of it at the end is removed, unless the process dies.

    It is locked for as long as this process lives, so that `sweep_partials` knows it from the folders of the dead.
    """
    folder = parent / f"{name}-{secrets.token_hex(4)}"
    folder.mkdir(parents=True)
    descriptor = None
    try:
        descriptor = _locked(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if descriptor is not None:
            os.close(descriptor)


def sweep_partials(parent: Path) -> None:
    """Remove what processes that died while writing have left behind."""
    for folder in [*parent.iterdir()] if parent.is_dir() else []:
        with suppress(OSError):  # somebody else sweeps, or the writer has just ended
            if time.time() - folder.stat().st_mtime < GRACE:
                continue
            descriptor = _locked(folder)
            if descriptor is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(descriptor)


def _locked(folder: Path) -> int | None:
    """A descriptor that holds the lock of a folder; None if another process does, or if no locks are to be had."""
    if sys.platform == "win32":
        return None
    descriptor = os.open(folder, os.O_RDONLY)
    if not lock(descriptor):
        os.close(descriptor)
        return None
    return descriptor
