"""What a live `torch.optim` optimizer makes of a curvature matrix: its step sizes, its curvature, its limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW, Optimizer

from spectra.objectives.mean_loss import require_network
from spectra.objectives.network import Network
from spectra.objectives.sharded import gathered
from spectra.operators.preconditioned import preconditioned
from spectra.operators.symmetric import SymmetricOperator, require_over

NEGLIGIBLE = 1e-3
"""Thresholds of groups that differ by less than this fraction count as one: it is the default tolerance of
eigenvalues. The usual AdamW, with decay on matrices and none on vectors, has groups that differ by 1e-5 to 1e-4."""


def step_sizes(optimizer: Optimizer, network: Network) -> Tensor:
    """The diagonal D of an optimizer's update -D m, weight by weight, as it is now.

    SGD: D is the learning rate of the weight's group. Adam and AdamW:
    D = rate / ((1 - beta1^t) (sqrt(v / (1 - beta2^t)) + eps)) after t updates, with the largest v so far under
    `amsgrad`. m is the gradient, the momentum buffer or Adam's exp_avg. A weight that Adam has never updated, because
    the loss gave it no gradient, has step size zero.

    Args:
        optimizer: A live `torch.optim.SGD`, `Adam` or `AdamW`, or a wrapper that keeps it as `.optimizer`. A subclass
            counts as what it inherits from.
        network: The network whose weights it trains, as `flatten` returned it.

    Returns:
        Step sizes (P,) in the order of the weights, in their dtype and on their device.

    Raises:
        ValueError: If Adam has made no update yet, a parameter of the network is in no group, or a group maximizes.
        TypeError: If it is another optimizer, or the network none.

    Source: Cohen et al. 2022 (arXiv 2207.14484), whose preconditioner includes the bias correction of the momentum.

    >>> from spectra import flatten
    >>> module = nn.Linear(3, 2)
    >>> weights, network = flatten(module)
    >>> step_sizes(SGD(module.parameters(), lr=0.5), network).shape
    torch.Size([8])
    """
    optimizer = _known(optimizer)
    require_network(network)
    if not has_step_sizes(optimizer):
        raise ValueError(
            f"{type(optimizer).__name__} has no second moments before its first update; call this after "
            "optimizer.step()"
        )
    sizes = {name: _step_size(optimizer, parameter, group) for name, parameter, group in _members(optimizer, network)}
    return network.flat(sizes)


def has_step_sizes(optimizer: Optimizer) -> bool:
    """Whether `step_sizes` are defined yet: always for SGD, after the first update for Adam and AdamW."""
    optimizer = _known(optimizer)
    return isinstance(optimizer, SGD) or any("exp_avg_sq" in state for state in optimizer.state.values())


def effective_curvature(operator: SymmetricOperator, optimizer: Optimizer, network: Network) -> SymmetricOperator:
    """D^(1/2) (A + W) D^(1/2): the curvature that an optimizer sees, learning rates included.

    D are its step sizes; W is the diagonal of the weight decay that the optimizer adds to the gradient (SGD, Adam).
    The decoupled decay of AdamW is no part of the gradient: it enters `stability_threshold`. Training is unstable
    where the largest eigenvalue passes that threshold.

    Args:
        operator: Symmetric matrix A of size (P, P) over the weights of the network, usually the Hessian.
        optimizer: What trains them; see `step_sizes`.
        network: What the weights belong to, as `flatten` returned it.

    Returns:
        Operator of size (P, P), without a unit: loss per squared weight times squared weight per loss.

    Raises:
        ValueError: If the operator is not one over these weights, or `step_sizes` are not defined.
        TypeError: If it is no operator, the network none, or the optimizer of another kind.

    Source: Cohen et al. 2022 (arXiv 2207.14484).
    """
    if not isinstance(network, Network):
        raise TypeError(f"a {type(network).__name__} was given as the network; pass (operator, optimizer, network)")
    require_over(network, operator)
    optimizer = _known(optimizer)
    decays = {
        name: _number(0.0 if _is_decoupled(optimizer, group) else float(group["weight_decay"]), parameter)
        for name, parameter, group in _members(optimizer, network)
    }
    sizes = step_sizes(optimizer, network)
    if any(bool(decay) for decay in decays.values()):
        added = network.flat(decays).to(operator.device, operator.dtype)[:, None]
        operator = operator + SymmetricOperator(
            operator.dim, lambda block: added * block, operator.dtype, operator.device
        )
    return preconditioned(operator, sizes)


def stability_threshold(optimizer: Optimizer) -> float:
    """The largest eigenvalue of the effective curvature at which an optimizer is still stable on a quadratic.

    Plain descent 2; heavy ball 2 (1 + beta) / (1 - dampening); Nesterov 2 (1 + beta) / (1 + 2 beta); Adam and AdamW
    (2 - rate * decay) (1 + beta1) / (1 - beta1), with the decay only where it is decoupled: 38 at beta1 = 0.9. The
    learning rate is part of the effective curvature. All follow from the root -1 of the characteristic polynomial of
    the update with D and Adam's second moments frozen; with decoupled decay d = rate * decay and b = beta1 it is
    z^2 - z (1 - d + b - (1 - b) h) + b (1 - d) = 0 for an eigenvalue h.

    Args:
        optimizer: A live `torch.optim.SGD`, `Adam` or `AdamW`; its gradients are those of all data.

    Returns:
        The threshold; the smallest one if groups differ by less than a thousandth.

    Raises:
        ValueError: If groups have different thresholds, maximize, or dampen the gradient away.
        TypeError: If it is another optimizer.

    Source: Cohen et al. 2021 (arXiv 2103.00065) and 2022 (arXiv 2207.14484); the decoupled decay is ours.
    """
    optimizer = _known(optimizer)
    thresholds = [_threshold(optimizer, group) for group in optimizer.param_groups if group["params"]]
    if max(thresholds) > (1 + NEGLIGIBLE) * min(thresholds):
        raise ValueError(
            f"the parameter groups have different thresholds, {[round(value, 4) for value in thresholds]}, and the "
            "optimizer as a whole has none; compare the block of each group, restricted(operator, network, names), "
            "with its own"
        )
    return min(thresholds)


def _known(optimizer: Optimizer) -> Optimizer:
    # accelerate hands out a wrapper that is itself an Optimizer and keeps the true one inside.
    while isinstance(inner := getattr(optimizer, "optimizer", None), Optimizer):
        optimizer = inner
    if not isinstance(optimizer, (SGD, Adam, AdamW)):
        raise TypeError(
            f"the optimizer is a {type(optimizer).__name__}; known are SGD, Adam and AdamW of torch.optim. For another "
            "one, pass the step size of every weight to preconditioned(operator, diagonal)"
        )
    if any(group["maximize"] for group in optimizer.param_groups):
        raise ValueError("a parameter group has maximize=True; minimize the negative loss instead")
    return optimizer


def _members(optimizer: Optimizer, network: Network) -> Iterator[tuple[str, nn.Parameter, Mapping[str, Any]]]:
    """Name, parameter and group for each trainable parameter of a network."""
    groups = {id(tensor): group for group in optimizer.param_groups for tensor in group["params"]}
    parameters = dict(network.module.named_parameters())
    strangers = [name for name in network.shapes if id(parameters[name]) not in groups]
    if strangers:
        raise ValueError(
            f"the parameters {strangers} are in no group of the optimizer; add them to it, or freeze them with "
            "requires_grad_(False) before flatten"
        )
    for name in network.shapes:
        yield name, parameters[name], groups[id(parameters[name])]


def _step_size(optimizer: Optimizer, parameter: nn.Parameter, group: Mapping[str, Any]) -> Tensor:
    rate = _number(float(group["lr"]), parameter)
    if isinstance(optimizer, SGD):
        return rate
    state = optimizer.state.get(parameter, {})  # subscripting would create it
    if "exp_avg_sq" not in state:
        return 0 * rate
    first, second = (1 - float(beta) ** float(state["step"]) for beta in group["betas"])
    moments = gathered(state["max_exp_avg_sq" if group["amsgrad"] else "exp_avg_sq"]).to(rate)
    sizes: Tensor = rate / first / ((moments / second).sqrt() + float(group["eps"]))
    return sizes


def _number(value: float, like: Tensor) -> Tensor:
    # new_tensor of a parameter that is spread over processes would be spread too.
    return torch.tensor(value, dtype=like.dtype, device=like.device)


def _is_decoupled(optimizer: Optimizer, group: Mapping[str, Any]) -> bool:
    # Before torch 2.7 AdamW was a class of its own, without this key.
    return bool(group.get("decoupled_weight_decay", isinstance(optimizer, AdamW)))


def _threshold(optimizer: Optimizer, group: Mapping[str, Any]) -> float:
    if isinstance(optimizer, SGD):
        beta, dampening = float(group["momentum"]), float(group["dampening"])
        if beta == 0:  # torch then ignores the dampening
            return 2.0
        if not dampening < 1:
            raise ValueError(f"a dampening of {dampening} keeps the gradient out of the momentum; it must be below 1")
        return 2 * (1 + beta) / (1 + 2 * beta if group["nesterov"] else 1 - dampening)
    beta = float(group["betas"][0])
    shrinkage = float(group["lr"]) * float(group["weight_decay"]) if _is_decoupled(optimizer, group) else 0.0
    return (2 - shrinkage) * (1 + beta) / (1 - beta)
