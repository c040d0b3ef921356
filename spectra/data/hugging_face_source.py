"""Where a dataset of Hugging Face is: on disk or on the hub."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any

from spectra.data.checksum import checksum, require_content
from spectra.data.places import expanded
from spectra.data.rows import Piece, Rows, file_rows
from spectra.data.split_files import split_files

SCRIPTLESS = 4
"""First version of the library that runs no program of a dataset (its release notes, 4.0.0)."""

GROUP = 1000
"""Rows of a dataset of the library that are read together, as many as the library writes at a time."""


@dataclass(frozen=True)
class Source:
    """Where a dataset is.

    Attributes:
        path: File or folder on disk, or its name on the hub.
        name: Which configuration of a dataset of the hub; None if it has one only.
        revision: Which version of a dataset of the hub: a branch, a tag or a commit.
        download: Whether the library may take it from the hub, or from its own cache, if it is not on disk.
    """

    path: str
    name: str | None
    revision: str | None
    download: bool

    def on_disk(self) -> bool:
        """Whether there is a file or folder of this path."""
        return expanded(self.path).exists()

    def require_one_pin(self, sha256: str | None) -> None:
        """Refuse a checksum for a dataset of the hub, whose files on this machine are the library's own.

        Raises:
            ValueError: If both are given.
        """
        if self.download and sha256 is not None:
            raise ValueError("sha256 is for files on disk; pin a dataset of the hub by a commit as its revision")

    def splits(self, train: str, test: str, sha256: str | None) -> tuple[Rows, Rows | None]:
        """Rows to train with, and rows to test with; the latter None if the former are to be divided.

        They are to be divided if both splits are the same one, and if the files know of no splits.

        Raises:
            FileNotFoundError: If there is no such file or folder, or the split is not in it.
            ValueError: If a file is damaged, or the files have another checksum.
            ImportError: If the hub is asked for and the library is not installed, or may run programs of a dataset.
            ConnectionError: If the hub does not answer.
        """
        names = list(dict.fromkeys((train, test)))
        if self.on_disk():
            files = split_files(expanded(self.path), names)
            require_content(sha256, chain.from_iterable(files.values()), expanded(self.path))
            found = [file_rows(paths, self._where(split)) for split, paths in files.items()]
        elif self.download:
            found = [_library_rows(self._from_hub(split), self._where(split)) for split in names]
        else:
            raise FileNotFoundError(self._remedy())
        return found[0], found[1] if len(found) == 2 else None

    def checksum(self, train: str, test: str) -> str:
        """SHA-256 of the files of two splits on disk.

        Raises:
            FileNotFoundError: If there is no such file or folder, or the split is not in it.
        """
        if not self.on_disk():
            raise FileNotFoundError(self._remedy())
        files = split_files(expanded(self.path), list(dict.fromkeys((train, test))))
        return checksum(chain.from_iterable(files.values()), expanded(self.path))

    def _where(self, split: str) -> str:
        return f"split {split!r} of {self.path}" if split else self.path

    def _remedy(self) -> str:
        return (
            f"path = {self.path!r} is no file or folder (the working directory is {Path.cwd()}); pass path= a Parquet "
            "or Arrow file, a folder of such files, or one that save_to_disk wrote; or set download = true and pass "
            "the name of a dataset on the hub, for which the library must be installed: pip install 'datasets>=4'"
        )

    def _from_hub(self, split: str) -> Any:
        try:
            library = import_module("datasets")
        except ImportError as error:
            raise ImportError(
                "download = true needs the library datasets, which is not installed; run: pip install 'datasets>=4'"
            ) from error
        if int(library.__version__.partition(".")[0]) < SCRIPTLESS:
            raise ImportError(
                f"the library datasets {library.__version__} is installed, which may run programs that a dataset of "
                f"the hub brings with it; run: pip install 'datasets>={SCRIPTLESS}'"
            )
        try:
            return library.load_dataset(self.path, self.name, revision=self.revision, split=split)
        except OSError as error:
            raise ConnectionError(
                f"the library could not get {self._where(split)} from the hub or from its cache ({error}); check the "
                f"name and the connection, or copy the dataset to this machine: load it elsewhere, call "
                "save_to_disk(folder), and pass path= that folder"
            ) from error


def _library_rows(dataset: Any, where: str) -> Rows:
    plain = dataset.with_format("arrow")
    columns = tuple(dataset.column_names)

    def piece(start: int) -> Piece:
        stop = min(start + GROUP, len(dataset))
        return Piece(stop - start, columns, lambda column: plain.select_columns([column])[start:stop][column], where)

    return Rows([piece(start) for start in range(0, len(dataset), GROUP)], where)
