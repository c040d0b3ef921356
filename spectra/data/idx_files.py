"""Images and labels in the IDX format: MNIST, Fashion-MNIST, KMNIST, EMNIST."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import torch
from pydantic import ConfigDict, PositiveInt
from pydantic.dataclasses import dataclass

from spectra.data.checksum import Checksum, checksum, require_content
from spectra.data.dataset import Dataset
from spectra.data.division import chosen
from spectra.data.idx_array import idx_array
from spectra.data.labelled_images import LabelledImages, image_dataset
from spectra.data.places import Place, folder, missing

REMEDY = (
    "get the four files of the dataset (train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, "
    "t10k-labels-idx1-ubyte; each may end in .gz), and pass path= the folder that holds them; for files such as "
    "emnist-balanced-train-images-idx3-ubyte also prefix='emnist-balanced-'"
)


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class IdxFiles:
    """Grey images in the four IDX files of MNIST and of the datasets that took its place.

    The training images and the test images are each shuffled once, always alike, and the first are taken. Pixels are
    shifted and scaled by the mean and deviation over the training images that are used. Images stand as they are
    stored, which in EMNIST is transposed.

    Attributes:
        path: Folder with the files, plain or compressed with gzip; a plain one is mapped, not read.
        train_examples: Number of training images.
        test_examples: Number of test images; all if not given.
        prefix: What the names of the files begin with, such as "emnist-balanced-".
        sha256: The `checksum()` that the files must have. Without one they are not compared.

    Source: LeCun, Cortes and Burges, The MNIST Database of Handwritten Digits.
    """

    path: Place
    train_examples: PositiveInt
    test_examples: PositiveInt | None = None
    prefix: str = ""
    sha256: Checksum | None = None
    kind: Literal["idx"] = "idx"

    def load(self) -> Dataset:
        """Images (N, 1, height, width) in single precision, labels (N,); as many classes as the largest label needs.

        Raises:
            FileNotFoundError: If the files are not there.
            ValueError: If a file is damaged or has another checksum, or there are too few images.
        """
        train_images, train_labels, test_images, test_labels = files = self._files()
        require_content(self.sha256, files, files[0].parent)
        labels = idx_array(train_labels, dimensions=1)
        classes = int(labels.max(initial=0)) + 1
        train = _part(train_images, train_labels, self.train_examples, classes=classes, name="train")
        test = _part(test_images, test_labels, self.test_examples, classes=classes, name="test")
        return image_dataset(train, test, classes=classes)

    def checksum(self) -> str:
        """SHA-256 of the list of the SHA-256 of the four files as they lie, to be passed as `sha256`."""
        files = self._files()
        return checksum(files, files[0].parent)

    def _files(self) -> list[Path]:
        place = folder(self.path, wanted=f"{self.prefix}train-images-idx3-ubyte and its like", remedy=REMEDY)
        return [
            _file(place, [self.prefix + part for part in parts], what)
            for parts in (["train"], ["t10k", "test"])
            for what in ("images-idx3-ubyte", "labels-idx1-ubyte")
        ]


def _file(place: Path, parts: list[str], what: str) -> Path:
    # Some who pass the files on write a dot for the last but one hyphen.
    names = [
        f"{part}-{name}{end}" for part in parts for name in (what, what.replace("-", ".", 1)) for end in ("", ".gz")
    ]
    for name in names:
        if (place / name).is_file():
            return place / name
    raise missing(place, wanted=f"file {parts[0]}-{what}", remedy=REMEDY)


def _part(
    images: Path, labels: Path, asked: int | None, *, classes: int, name: Literal["train", "test"]
) -> LabelledImages:
    pixels, classified = idx_array(images, dimensions=3), idx_array(labels, dimensions=1)
    if len(pixels) != len(classified):
        raise ValueError(
            f"{images} holds {len(pixels)} images, and {labels} holds {len(classified)} labels; "
            "get both files again, from one part of one dataset"
        )
    places = chosen(asked, len(pixels), setting=f"{name}_examples", what=f"images in {images}")
    used = classified[places].astype(np.int64)
    if used.max() >= classes:
        raise ValueError(
            f"{labels} has the label {used.max()}, and the training labels end at {classes - 1}; use more "
            "train_examples, or get the four files again, from one dataset"
        )
    return LabelledImages(torch.from_numpy(pixels[places][:, None]), torch.from_numpy(used))
