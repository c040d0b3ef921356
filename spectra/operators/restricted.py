"""The block of a curvature matrix that belongs to some of the parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

import torch
from torch import Tensor

from spectra.objectives.network import Network
from spectra.operators.symmetric import SymmetricOperator


def restricted(operator: SymmetricOperator, network: Network, names: str | Sequence[str]) -> SymmetricOperator:
    """The diagonal block of an operator for some named parameters: one layer, one kind of layer, all but the readout.

    Args:
        operator: Symmetric matrix A of size (P, P) over the weights of the network.
        network: What the names refer to, as `flatten` returned it.
        names: Names of parameters, or patterns such as "blocks.0.*" or "*bias".

    Returns:
        Operator of size (p, p), where p counts the weights of the parameters that match, in their order.

    Raises:
        ValueError: If a pattern matches no parameter, or the operator is not one over these weights.

    >>> from torch import nn
    >>> from spectra import Objective, flatten, hessian, squared_error
    >>> weights, network = flatten(nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1)))
    >>> objective = Objective(network, squared_error, [(torch.ones(4, 3), torch.ones(4, 1))])
    >>> restricted(hessian(objective, weights), network, "1.*").dense().shape
    torch.Size([3, 3])
    """
    if operator.dim != network.size:
        raise ValueError(f"the operator has dimension {operator.dim}, and the network has {network.size} weights")
    patterns = [names] if isinstance(names, str) else list(names)
    lost = [pattern for pattern in patterns if not any(fnmatchcase(name, pattern) for name in network.shapes)]
    if lost or not patterns:
        raise ValueError(f"no parameter is called {lost or 'nothing'}; there are {', '.join(network.shapes)}")
    chosen = {
        name: torch.full(shape, any(fnmatchcase(name, pattern) for pattern in patterns))
        for name, shape in network.shapes.items()
    }
    places = network.flat(chosen).nonzero()[:, 0].to(operator.device)

    def matmat(block: Tensor) -> Tensor:
        whole = block.new_zeros(operator.dim, block.shape[1])
        whole[places] = block
        return operator.matmat(whole)[places]

    return replace(operator, dim=len(places), matmat=matmat)
