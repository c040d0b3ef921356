"""The block of a curvature matrix that belongs to some of the parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

import torch
from torch import Tensor

from spectra.objectives.network import Network
from spectra.operators.symmetric import SymmetricOperator, require_over
from spectra.plain_text import first_few


def restricted(operator: SymmetricOperator, network: Network, names: str | Sequence[str]) -> SymmetricOperator:
    """The diagonal block of an operator for some named parameters: one layer, one kind of layer, all but the readout.

    Args:
        operator: Symmetric matrix A of size (P, P) over the weights of the network.
        network: What the names refer to, as `flatten` returned it.
        names: Names of parameters, or patterns such as "blocks.0.*" or "*bias".

    Returns:
        Operator of size (p, p), where p counts the weights of the parameters that match, in their order.

    Raises:
        TypeError: If it is no operator.
        ValueError: If a pattern matches no parameter, or the operator is not one over these weights.

    >>> from torch import nn
    >>> from spectra import Objective, flatten, hessian, squared_error
    >>> weights, network = flatten(nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1)))
    >>> objective = Objective(network, squared_error, [(torch.ones(4, 3), torch.ones(4, 1))])
    >>> restricted(hessian(objective, weights), network, "1.*").dense().shape
    torch.Size([3, 3])
    """
    require_over(network, operator)
    patterns = [names] if isinstance(names, str) else list(names)
    if not patterns:
        raise ValueError(f"no names were given; there are {first_few(network.shapes)}")
    lost = [pattern for pattern in patterns if not any(fnmatchcase(name, pattern) for name in network.shapes)]
    if lost:
        told = first_few(map(repr, lost))
        raise ValueError(f"the names {told} match no parameter; there are {first_few(network.shapes)}")
    lengths = [shape.numel() for shape in network.shapes.values()]
    chosen = [any(fnmatchcase(name, pattern) for pattern in patterns) for name in network.shapes]
    inside = [length for length, wanted in zip(lengths, chosen, strict=True) if wanted]

    def matmat(block: Tensor) -> Tensor:
        given = iter(block.split(inside))
        zeros = block.new_zeros(1, block.shape[1])
        whole = [
            next(given) if wanted else zeros.expand(length, -1) for length, wanted in zip(lengths, chosen, strict=True)
        ]
        pieces = operator.matmat(torch.cat(whole)).split(lengths)
        return torch.cat([piece for piece, wanted in zip(pieces, chosen, strict=True) if wanted])

    return replace(operator, dim=sum(inside), matmat=matmat)
