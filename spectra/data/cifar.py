"""CIFAR-10 and CIFAR-100: small photographs of ten or a hundred kinds of things."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, PositiveInt
from pydantic.dataclasses import dataclass

from spectra.data.checksum import Checksum, checksum, require_content
from spectra.data.cifar_files import images
from spectra.data.cifar_versions import CIFAR10_VERSIONS, Found, cifar100_versions, located
from spectra.data.dataset import Dataset
from spectra.data.division import require_enough
from spectra.data.labelled_images import image_dataset
from spectra.data.places import Place


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class CIFAR10:
    """Color images of 32 x 32 pixels in ten classes; 50,000 to train and 10,000 to test.

    They are read from the files of the binary version or of the python version; the latter are pickles, and nothing
    but plain values and arrays is accepted in them. The first images in the order of the files are taken, which their
    makers have shuffled. Pixels are shifted and scaled by the mean and deviation of each channel over the training
    images that are used.

    Attributes:
        path: Folder with the files, or with the folder that an archive unpacks to.
        train_examples: Number of training images.
        test_examples: Number of test images; all if not given.
        download: Whether torchvision, if it is installed, may fetch the python version to `path` if it is not there.
        sha256: The `checksum()` that the files must have. Without one they are not compared.

    Source: Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images.
    """

    path: Place
    train_examples: PositiveInt
    test_examples: PositiveInt | None = None
    download: bool = False
    sha256: Checksum | None = None
    kind: Literal["cifar10"] = "cifar10"

    def load(self) -> Dataset:
        """Images (N, 3, 32, 32) in single precision, labels (N,).

        Raises:
            FileNotFoundError: If the files are not there.
            ValueError: If a file is damaged, has another checksum or names what a pickle must not, or there are too
                few images.
            ImportError: If a download is asked for and torchvision is not installed.
            ConnectionError: If the download fails.
        """
        return _loaded(self, self._found(), classes=10)

    def checksum(self) -> str:
        """SHA-256 of the list of the SHA-256 of all files with images, to be passed as `sha256`."""
        return _checksum(self._found())

    def _found(self) -> Found:
        return located(self.path, CIFAR10_VERSIONS, download="CIFAR10" if self.download else None)


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class CIFAR100:
    """Color images of 32 x 32 pixels in a hundred classes; 50,000 to train and 10,000 to test.

    Read and scaled like `CIFAR10`.

    Attributes:
        path: Folder with the files, or with the folder that an archive unpacks to.
        train_examples: Number of training images.
        test_examples: Number of test images; all if not given.
        labels: "fine" for the hundred classes, "coarse" for the twenty groups that they form.
        download: Whether torchvision, if it is installed, may fetch the python version to `path` if it is not there.
        sha256: The `checksum()` that the files must have. Without one they are not compared.

    Source: Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images.
    """

    path: Place
    train_examples: PositiveInt
    test_examples: PositiveInt | None = None
    labels: Literal["fine", "coarse"] = "fine"
    download: bool = False
    sha256: Checksum | None = None
    kind: Literal["cifar100"] = "cifar100"

    def load(self) -> Dataset:
        """Images (N, 3, 32, 32) in single precision, labels (N,).

        Raises:
            FileNotFoundError: If the files are not there.
            ValueError: If a file is damaged, has another checksum or names what a pickle must not, or there are too
                few images.
            ImportError: If a download is asked for and torchvision is not installed.
            ConnectionError: If the download fails.
        """
        return _loaded(self, self._found(), classes=100 if self.labels == "fine" else 20)

    def checksum(self) -> str:
        """SHA-256 of the list of the SHA-256 of all files with images, to be passed as `sha256`."""
        return _checksum(self._found())

    def _found(self) -> Found:
        return located(self.path, cifar100_versions(self.labels), download="CIFAR100" if self.download else None)


def _loaded(spec: CIFAR10 | CIFAR100, found: Found, *, classes: int) -> Dataset:
    require_content(spec.sha256, [*found.train, *found.test], found.folder)
    train = images(found.train, found.version.read, spec.train_examples, classes=classes)
    what = f"training images in {found.folder}"
    require_enough(spec.train_examples, len(train.labels), setting="train_examples", what=what)
    test = images(found.test, found.version.read, spec.test_examples, classes=classes)
    what = f"test images in {found.folder}"
    require_enough(spec.test_examples, len(test.labels), setting="test_examples", what=what)
    return image_dataset(train, test, classes=classes)


def _checksum(found: Found) -> str:
    return checksum([*found.train, *found.test], found.folder)
