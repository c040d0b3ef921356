"""The shape of one example, as the kind of network needs it."""

from __future__ import annotations

from math import prod

from torch import Tensor

Shape = int | tuple[int, ...]
"""Number of features, or the shape of one example: (features,), (channels, height, width) or (tokens,)."""


def features(inputs: Shape) -> int:
    """Number of entries of one example."""
    return prod(_whole(inputs))


def vectors(inputs: Tensor, example: Shape) -> Tensor:
    """Examples (..., *example) as vectors (..., features).

    Raises:
        TypeError: If the examples are integers, such as token ids.
        ValueError: If they have another shape.
    """
    if not inputs.is_floating_point():
        raise TypeError(
            f"inputs of {inputs.dtype} were given to a perceptron, which needs real numbers; token ids are for the "
            "model gpt, and integer features are converted with inputs.to(torch.get_default_dtype())"
        )
    shape = _whole(example)
    require_examples(inputs, shape)
    return inputs.flatten(-len(shape))


def require_examples(inputs: Tensor, shape: tuple[int, ...]) -> None:
    """Refuse inputs (..., *shape) that end in another shape.

    Raises:
        ValueError: If they do.
    """
    if inputs.shape[-len(shape) :] != shape:
        raise ValueError(
            f"inputs of shape {tuple(inputs.shape)} were given to a network that was built for examples of shape "
            f"{shape}; pass (N, {', '.join(map(str, shape))})"
        )


def image(inputs: Shape, kind: str) -> tuple[int, int, int]:
    """Channels, height and width of one example.

    Raises:
        ValueError: If examples are no images.
    """
    shape = _whole(inputs)
    if len(shape) != 3:
        raise ValueError(
            f"the model {kind} reads images of shape (channels, height, width), and one example has the shape {shape}; "
            "choose data that are images, such as digits with (1, 8, 8), or a model that reads these: mlp for vectors, "
            "gpt for token ids"
        )
    channels, height, width = shape
    return channels, height, width


def places(inputs: Shape, kind: str) -> int:
    """Number of tokens of one example.

    Raises:
        ValueError: If examples are no sequences.
    """
    shape = _whole(inputs)
    if len(shape) != 1:
        raise ValueError(
            f"the model {kind} reads token ids of shape (tokens,), and one example has the shape {shape}; choose data "
            "that are text, such as english_text, or a model that reads images, such as vision_transformer"
        )
    return shape[0]


def _whole(inputs: Shape) -> tuple[int, ...]:
    shape = (inputs,) if isinstance(inputs, int) else tuple(inputs)
    if not shape or any(not isinstance(length, int) or length < 1 for length in shape):
        raise ValueError(f"one example cannot have the shape {inputs!r}; pass its dimensions, each 1 or more")
    return shape
