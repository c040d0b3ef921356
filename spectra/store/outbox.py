"""Finished runs on their way from workers that share no folder with the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pyarrow as pa
from fsspec.core import url_to_fs

from spectra.store.pack_reading import unpacked
from spectra.store.packs import NAME, chosen
from spectra.store.store_format import raise_format

if TYPE_CHECKING:
    from spectra.store.store import RunStore


class Outbox:
    """A place for whole objects: a folder or a bucket, by any URL that fsspec knows.

    Workers put packs there, one for each piece, under the digest of their content. Whatever is not as it was written,
    or has not wholly arrived, does not match its name: it is left where it is. What fails is an OSError.
    """

    def __init__(self, url: str) -> None:
        """Open an outbox, which need not exist yet.

        Args:
            url: Such as s3://bucket/runs, gs://bucket/runs, memory://runs or file:///folder.

        Raises:
            ValueError: If no file system is known for it.
            ImportError: If the package that knows it is not installed; the message names it.
        """
        self.url = url
        self._files, self._folder = url_to_fs(url)

    def put(self, name: str, data: bytes) -> None:
        """Put an object there, in place of an earlier one of that name."""
        with explained_store(self.url):
            self._files.makedirs(self._folder, exist_ok=True)
            self._files.pipe_file(self._path(name), data)

    def names(self) -> tuple[str, ...]:
        """Names of the objects that are there, sorted."""
        with explained_store(self.url):
            self._files.invalidate_cache(self._folder)
            found = self._files.ls(self._folder, detail=False) if self._files.exists(self._folder) else ()
        return tuple(sorted(PurePosixPath(path).name for path in found))

    def get(self, name: str) -> bytes:
        """Content of an object.

        Raises:
            FileNotFoundError: If it is not there.
        """
        with explained_store(self.url), suppress(FileNotFoundError):
            return bytes(self._files.cat_file(self._path(name)))
        raise FileNotFoundError(f"{self.url} has no object {name}")

    def remove(self, name: str) -> None:
        """Remove an object; nothing happens if it is not there."""
        with explained_store(self.url), suppress(FileNotFoundError):
            self._files.rm_file(self._path(name))

    def _path(self, name: str) -> str:
        return f"{self._folder.rstrip('/')}/{name}"


@contextmanager
def explained_store(url: str) -> Iterator[None]:
    """Whatever goes wrong with an object store is an OSError that says so; its packages raise errors of many kinds."""
    try:
        yield
    except Exception as error:
        raise OSError(
            f"the object store {url} cannot be used: {type(error).__name__}: {error}; see whether it "
            "is there, and whether this machine may write to it"
        ) from error


def collect(outbox: Outbox, store: RunStore) -> int:
    """Take what has arrived into a store, and remove it from the outbox once it is on the disk.

    Args:
        outbox: Where workers put packs.
        store: Where runs shall be.

    Returns:
        How many runs the store did not have before.

    Raises:
        OSError: If the outbox cannot be read or the store cannot be written.
    """
    taken = 0
    for name in filter(NAME.fullmatch, outbox.names()):  # what is called otherwise is not even fetched
        try:
            rows = unpacked(name, outbox.get(name))
        except (FileNotFoundError, ValueError):  # taken by somebody else, or not whole
            continue
        taken += _take(store, rows)
        outbox.remove(name)
    return taken


def _take(store: RunStore, rows: pa.Table) -> int:
    store.prepare()
    runs = rows["run"].to_pylist()
    new = set(runs).difference(store.runs.known(runs))
    if new:
        raise_format(store.folder, store.runs.partial)
        store.runs.packs.add(chosen(rows, new))
    return len(new)
