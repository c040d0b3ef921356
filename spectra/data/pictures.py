"""Pictures in files or in memory as arrays of one shape."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from torch import Tensor

MODES = {"rgb": "RGB", "grey": "L"}
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
"""What is opened, by its content whatever its name is. Pillow knows more formats, of which EPS starts Ghostscript."""
DEEP = ("I", "F")
"""What the modes of pictures with more than 256 shades begin with; Pillow would cut their shades off."""


def pictures(
    sources: Iterable[tuple[str, Path | bytes]], *, colors: Literal["rgb", "grey"], side: int | None
) -> Tensor:
    """Decode pictures with Pillow, in order.

    Args:
        sources: The name of each, for messages, and the file or its content.
        colors: Three channels or one. Transparency is dropped, and of several frames the first is taken.
        side: Height and width to scale to: the middle square of a picture is scaled with bilinear interpolation over
            the pixels that each new one covers. None if all have one shape already.

    Returns:
        Bytes of shape (N, channels, height, width).

    Raises:
        ValueError: If a picture is damaged, of another format than `FORMATS`, has more than 256 shades, or another
            shape than the first.
    """
    decoded: list[NDArray[np.uint8]] = []
    first = ""
    for name, source in sources:
        picture = _decoded(name, source, MODES[colors], side)
        first = first or name
        if decoded and picture.shape != decoded[0].shape:
            sizes = [f"{height} x {width}" for _, height, width in (picture.shape, decoded[0].shape)]
            raise ValueError(f"{name} has {sizes[0]} pixels, and {first} has {sizes[1]}; set side to scale all alike")
        decoded.append(picture)
    return torch.from_numpy(np.stack(decoded))


def _decoded(name: str, source: Path | bytes, mode: str, side: int | None) -> NDArray[np.uint8]:
    try:
        with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=FORMATS) as opened:
            if opened.mode.startswith(DEEP):
                raise ValueError(f"it has the mode {opened.mode}, with more than 256 shades; convert it to 8 bits")
            picture = opened.convert(mode)
    # Pillow raises OSError for what it cannot read, SyntaxError and ValueError for headers that contradict themselves,
    # and an error of its own for pictures of more than 179 million pixels.
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        # Content in memory has no name that Pillow could tell.
        known = f"it is no {', '.join(FORMATS[:-1])} or {FORMATS[-1]}"
        what = known if isinstance(error, UnidentifiedImageError) else error
        raise ValueError(f"the picture {name} cannot be used: {what}; convert it, or remove it") from error
    if side is not None:
        square = min(picture.size)
        left, top = ((length - square) // 2 for length in picture.size)
        picture = picture.crop((left, top, left + square, top + square)).resize((side, side), Image.Resampling.BILINEAR)
    return np.asarray(picture).reshape(picture.height, picture.width, -1).transpose(2, 0, 1)
