"""Folders of pictures, one folder for each class."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, PositiveInt
from pydantic.dataclasses import dataclass

from spectra.data.checksum import Checksum, checksum, require_content
from spectra.data.dataset import Dataset
from spectra.data.division import chosen, divided
from spectra.data.labelled_images import LabelledImages, image_dataset
from spectra.data.pictures import pictures
from spectra.data.places import Place, folder, missing

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
WANTED = "folders of pictures, one for each class"
REMEDY = "pass path= a folder such as pets with pets/cat/1.png and pets/dog/1.png, or pets/train/cat/1.png and the like"

Files = tuple[list[Path], list[int]]
"""Pictures and the class of each."""


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class ImageFolder:
    """Pictures in one folder for each class; the classes are numbered in the order of the names of the folders.

    If the path holds a folder `train` and one `test` or `val`, these have the folders of classes in them, and the
    pictures of each are shuffled once, always alike. If it does not, all pictures are shuffled once, the first train
    and the last test. Only the pictures that are used are opened. Pixels are shifted and scaled by the mean and
    deviation of each channel over the training pictures that are used.

    Attributes:
        path: The folder. Files in it that do not end like pictures are left alone; folders within a class belong to it.
        train_examples: Number of training pictures.
        test_examples: Number of test pictures; all that do not train if not given.
        side: Height and width that the middle square of each picture is scaled to; None if all have one shape.
        colors: "rgb" for three channels, "grey" for one.
        sha256: The `checksum()` that the pictures must have. Without one they are not compared.
    """

    path: Place
    train_examples: PositiveInt
    test_examples: PositiveInt | None = None
    side: Annotated[int, Field(ge=1, le=4096)] | None = None
    colors: Literal["rgb", "grey"] = "rgb"
    sha256: Checksum | None = None
    kind: Literal["image_folder"] = "image_folder"

    def load(self) -> Dataset:
        """Pictures (N, channels, height, width) in single precision, labels (N,).

        Raises:
            FileNotFoundError: If there is no such folder, or there are no folders of classes in it.
            ValueError: If a picture that is used is damaged, shapes differ, the checksum is another, a class has no
                training picture or is only in the test folder, or there are too few pictures.
        """
        place = self._place()
        train_place, test_place = _parts(place)
        require_content(self.sha256, _pictures(place), place)
        classes = {name: number for number, name in enumerate(_classes(train_place))}
        train_files = _files(train_place, classes)
        available = len(train_files[0])
        if test_place is None:
            test_files = train_files
            train, test = divided(self.train_examples, self.test_examples, available, what=f"pictures in {place}")
        else:
            test_files = _files(test_place, classes)
            what = f"pictures in {train_place}"
            train = chosen(self.train_examples, available, setting="train_examples", what=what)
            what = f"pictures in {test_place}"
            test = chosen(self.test_examples, len(test_files[0]), setting="test_examples", what=what)
        parts = self._images(train_files, train), self._images(test_files, test)
        return image_dataset(*parts, classes=len(classes))

    def checksum(self) -> str:
        """SHA-256 of the list of the SHA-256 of all pictures, used or not, to be passed as `sha256`."""
        place = self._place()
        return checksum(_pictures(place), place)

    def _place(self) -> Path:
        return folder(self.path, wanted=WANTED, remedy=REMEDY)

    def _images(self, files: Files, places: NDArray[np.int64]) -> LabelledImages:
        paths, labels = files
        sources = ((str(paths[place]), paths[place]) for place in places)
        pixels = pictures(sources, colors=self.colors, side=self.side)
        return LabelledImages(pixels, torch.tensor(labels)[places])


def _parts(place: Path) -> tuple[Path, Path | None]:
    """The folder of classes to train with, and the one to test with if it is another."""
    tests = [place / name for name in ("test", "val") if (place / name).is_dir()]
    return (place / "train", tests[0]) if tests and (place / "train").is_dir() else (place, None)


def _classes(place: Path) -> list[str]:
    names = sorted(entry.name for entry in place.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    if not names:
        raise missing(place, wanted=WANTED, remedy=REMEDY)
    if len(names) == 1:
        raise ValueError(
            f"{place} has folders of one class only, {names[0]!r}, so that there is nothing to learn; {REMEDY}"
        )
    empty = [name for name in names if not _pictures(place / name)]
    if empty:
        raise ValueError(f"there is no picture in {place / empty[0]}; the endings of pictures are {', '.join(ENDINGS)}")
    return names


def _pictures(place: Path) -> list[Path]:
    found = {path.relative_to(place): path for path in place.rglob("*") if path.suffix.lower() in ENDINGS}
    hidden = {name for name in found if any(part.startswith(".") for part in name.parts)}
    return [found[name] for name in sorted(found.keys() - hidden, key=Path.as_posix) if found[name].is_file()]


def _files(place: Path, classes: Mapping[str, int]) -> Files:
    paths = [path for path in _pictures(place) if path.parent != place]
    names = [path.relative_to(place).parts[0] for path in paths]
    unknown = sorted(set(names) - set(classes))
    if unknown:
        raise ValueError(
            f"{place} has the class {unknown[0]!r}, and there are pictures to train of {', '.join(classes)}; remove "
            "its folder, or add such pictures to those to train"
        )
    return paths, [classes[name] for name in names]
