"""What stands at the ends of a sequence model: token vectors, positions, and a readout that is tied to the tokens."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from spectra.scaling.layers import Drawn, multiplied
from spectra.scaling.rules import Role


class Embedding(nn.Module):
    """Token id t -> multiplier * W[t], with W of shape (vocabulary, width) and the deviation `gain`.

    A product with a one-hot vector: only one term is summed, so the fan-in is 1 at every vocabulary.
    """

    def __init__(self, vocabulary: int, width: int, *, gain: float = 1.0) -> None:
        super().__init__()
        self.role = Role.INPUT
        self.gain = gain
        self.multiplier = 1.0
        self.weight = nn.Parameter(torch.empty(vocabulary, width))

    def drawn(self) -> dict[str, Drawn]:
        """How the token vectors start."""
        return {"weight": Drawn(self.role, 1, self.gain)}

    def forward(self, tokens: Tensor) -> Tensor:
        """Vectors (..., width) of token ids (...).

        Raises:
            TypeError: If the ids are not integers.
        """
        if tokens.is_floating_point() or tokens.is_complex():
            raise TypeError(
                f"inputs of {tokens.dtype} were given to an embedding; token ids are integers (torch.int64)"
            )
        return multiplied(nn.functional.embedding(tokens, self.weight), self.multiplier)


class Positions(nn.Module):
    """Adds a learned vector to each place of a sequence: h_t -> h_t + multiplier * W[t], W of shape (places, width)."""

    def __init__(self, places: int, width: int, *, gain: float = 1.0) -> None:
        super().__init__()
        self.role = Role.VECTOR
        self.gain = gain
        self.multiplier = 1.0
        self.weight = nn.Parameter(torch.empty(places, width))

    def drawn(self) -> dict[str, Drawn]:
        """How the vectors start: with a `gain` of one as large as token vectors do."""
        return {"weight": Drawn(self.role, 1, self.gain)}

    def forward(self, stream: Tensor) -> Tensor:
        """Stream (N, T, width) with the vectors of its places added; T may be less than the number of places.

        Raises:
            ValueError: If the sequence is longer than there are places.
        """
        length, places = stream.shape[-2], self.weight.shape[0]
        if length > places:
            raise ValueError(
                f"a sequence of {length} was given to a network that was built for {places} places; "
                f"cut it, or build with inputs=({length},)"
            )
        return stream + multiplied(self.weight[:length], self.multiplier)


class ClassToken(nn.Module):
    """Puts one learned vector, which starts at zero, before a sequence: (N, T, width) -> (N, 1 + T, width)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.role = Role.VECTOR
        self.gain = 0.0
        self.multiplier = 1.0
        self.weight = nn.Parameter(torch.zeros(width))

    def drawn(self) -> dict[str, Drawn]:
        """The token starts at zero; its position tells it from the others."""
        return {"weight": Drawn(self.role, 1, self.gain)}

    def forward(self, stream: Tensor) -> Tensor:
        """The longer sequence (N, 1 + T, width)."""
        token = multiplied(self.weight, self.multiplier).expand(stream.shape[0], 1, -1)
        return torch.cat([token, stream], dim=1)


class TiedReadout(nn.Module):
    """h -> multiplier * W h with the tensor W (vocabulary, width) of an embedding, which draws and names it.

    The tensor has one value and two owners. It stands in `named_parameters` once, under the embedding's name, and with
    `remove_duplicate=False` under both. Its entries are as large as token vectors must be, which is too large for a
    readout by sqrt(width): the multiplier holds all that the weights of a readout would, its deviation included.
    """

    def __init__(self, embedding: Embedding, *, gain: float = 1.0) -> None:
        super().__init__()
        self.role = Role.OUTPUT
        self.gain = gain
        self.multiplier = 1.0
        self.weight = embedding.weight

    def replaced(self) -> Drawn:
        """How the weight of an untied readout would start, whose deviation the multiplier has to hold."""
        return Drawn(self.role, self.weight.shape[1], self.gain)

    def forward(self, stream: Tensor) -> Tensor:
        """Outputs (..., vocabulary) of a stream (..., width)."""
        return multiplied(nn.functional.linear(stream, self.weight), self.multiplier)
