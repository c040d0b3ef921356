"""The forms in which CIFAR-10 and CIFAR-100 are distributed, and which of them lies in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from spectra.data.cifar_download import download_archive
from spectra.data.cifar_files import Reader, binary, pickled
from spectra.data.places import expanded, folder, missing


@dataclass(frozen=True)
class Version:
    """One of the two forms in which the images are distributed.

    Attributes:
        archive: Name of the file to unpack.
        folder: What it unpacks to.
        train: Names of the training files, in order.
        test: Name of the test file.
        read: What reads one of them.
    """

    archive: str
    folder: str
    train: tuple[str, ...]
    test: str
    read: Reader


@dataclass(frozen=True)
class Found:
    """The files of one version, all of which exist."""

    version: Version
    folder: Path

    @property
    def train(self) -> list[Path]:
        """The training files, in order."""
        return [self.folder / name for name in self.version.train]

    @property
    def test(self) -> list[Path]:
        """The test file."""
        return [self.folder / self.version.test]


BATCHES = tuple(f"data_batch_{number}" for number in range(1, 6))
CIFAR10_VERSIONS = (
    Version(
        archive="cifar-10-binary.tar.gz",
        folder="cifar-10-batches-bin",
        train=tuple(f"{name}.bin" for name in BATCHES),
        test="test_batch.bin",
        read=binary(1, 0),
    ),
    Version(
        archive="cifar-10-python.tar.gz",
        folder="cifar-10-batches-py",
        train=BATCHES,
        test="test_batch",
        read=pickled("labels"),
    ),
)


def cifar100_versions(labels: Literal["fine", "coarse"]) -> tuple[Version, Version]:
    """The two versions, with the labels of a hundred classes or of twenty groups."""
    return (
        Version(
            archive="cifar-100-binary.tar.gz",
            folder="cifar-100-binary",
            train=("train.bin",),
            test="test.bin",
            read=binary(2, ("coarse", "fine").index(labels)),
        ),
        Version(
            archive="cifar-100-python.tar.gz",
            folder="cifar-100-python",
            train=("train",),
            test="test",
            read=pickled(f"{labels}_labels"),
        ),
    )


def located(path: str, versions: tuple[Version, Version], *, download: str | None) -> Found:
    """The files of one version below a path.

    Args:
        path: Folder with the files, or with the folder that an archive unpacks to.
        versions: What is looked for, in this order.
        download: Name of the dataset in torchvision, which is to fetch it if it is not there; None for no download.

    Raises:
        FileNotFoundError: If no version is there, or one is not complete.
        NotADirectoryError: If the path is a file.
        ImportError: If a download is needed and torchvision is not installed.
        ConnectionError: If the download fails.
    """
    names = ", ".join((*versions[0].train, versions[0].test))
    wanted = f"{names} of the binary version, or the files of the python version"
    unpack = f"unpack {versions[0].archive} or {versions[1].archive} with tar -xzf, and pass path= the folder with it"
    if download is not None and _found(expanded(path), versions) is None:
        download_archive(download, expanded(path), remedy=unpack)
    remedy = f"{unpack}; or set download = true, for which torchvision must be installed"
    directory = folder(path, wanted=wanted, remedy=remedy)
    found = _found(directory, versions)
    if found is None:
        raise missing(directory, wanted=wanted, remedy=remedy)
    return found


def _found(folder: Path, versions: tuple[Version, Version]) -> Found | None:
    for version in versions:
        for place in (folder, folder / version.folder):
            names = (*version.train, version.test)
            lacking = [name for name in names if not (place / name).is_file()]
            if not lacking:
                return Found(version, place)
            if len(lacking) < len(names):
                raise missing(place, wanted=", ".join(lacking), remedy=f"unpack {version.archive} again")
    return None
