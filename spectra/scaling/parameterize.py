"""Put a network under a regime: draw its weights and set its multipliers."""

from __future__ import annotations

import torch
from torch import nn

from spectra.scaling.multipliers import install_multipliers
from spectra.scaling.role_table import RoleTable
from spectra.scaling.rules import Regime, Role, Size
from spectra.scaling.scaled_parameters import scaled_parameters


def parameterize(
    module: nn.Module, regime: Regime, size: Size, generator: torch.Generator, *, roles: RoleTable | None = None
) -> None:
    """Draw the weights of a network and set its multipliers, as a regime asks for at a size.

    Entries are normal, with the deviation of the base network times the regime's init. Layers of `spectra.scaling` get
    the regime's multiplier; in any other layer it is absorbed into the deviation here and into the learning rate in
    `parameter_groups` by a `shift`, which trains alike. What no weight can absorb is put on the output of a module by a
    forward hook: factors on residual branches and on readouts that are tied to an embedding. Hooks are copied and
    pickled with the module, but are no part of its `state_dict`: call this again before loading one. The factor on
    attention logits is set in `spectra.scaling` layers only; in other attention whose head dimension grows with the
    width, multiply the logits by `regime.attention.multiplier.at(size, regime.base)` yourself. Where the number of
    heads grows instead, there is nothing to multiply. Frozen parameters are left as they are, and the row of an
    embedding's `padding_idx` is zero.

    Args:
        module: The network; it is changed in place. Calling this again replaces what it did before.
        regime: How each role scales.
        size: Width and depth of the network.
        generator: Source of the draws, on the CPU, so that the weights do not depend on the device.
        roles: Role of each parameter, from `roles`; None for a model whose layers know them.

    Raises:
        ValueError: If the module is on the meta device or spread over processes, the base is larger than the network,
            a parameter has no role, the roles were read at another base or do not fit the module, or the regime scales
            residual branches of a module in which they are not known.
        TypeError: If an argument is of another kind.

    >>> from spectra import Size, parameterize, regime
    >>> from spectra.models import ResidualMLP
    >>> model = ResidualMLP(256, depth=2).build(64, 10)
    >>> parameterize(model, regime("mup", base=Size(64, 2)), Size(256, 2), torch.Generator().manual_seed(0))
    >>> model.readout.multiplier
    0.25
    """
    _require_numbers(module)
    if not isinstance(generator, torch.Generator):
        raise TypeError(f"{generator!r} was given as the generator; pass torch.Generator().manual_seed(seed)")
    wanted = scaled_parameters(module, regime, size, roles=roles)
    install_multipliers(module, regime, size, roles=roles, parameters=wanted)
    embeddings = [part for part in module.modules() if isinstance(part, (nn.Embedding, nn.EmbeddingBag))]
    padding = {id(part.weight): part.padding_idx for part in embeddings}
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            scaled = wanted[name]
            if not parameter.requires_grad:
                continue
            if scaled.deviation == 0 and scaled.role in (Role.VECTOR, Role.FIXED):
                parameter.fill_(scaled.center)
            elif scaled.deviation is not None:
                # Matrices are drawn also where the deviation is zero: with a zero readout, with biases or norms, a
                # network shares all other weights with one without.
                draws = torch.randn(parameter.shape, generator=generator, dtype=parameter.dtype, device="cpu")
                if (row := padding.get(id(parameter))) is not None:
                    draws[row] = 0
                parameter.copy_(scaled.deviation * draws + scaled.center)


def _require_numbers(module: nn.Module) -> None:
    """Refuse parameters into which nothing can be drawn."""
    for name, parameter in module.named_parameters():
        if parameter.is_meta:
            raise ValueError(
                "the module is on the meta device, where nothing can be drawn; move it with to_empty(device=...)"
            )
        if hasattr(parameter, "placements"):
            raise ValueError(
                f"{name} is spread over processes, as a DTensor; parameterize the whole module on every process, with "
                "generators of one seed, before fully_shard or parallelize_module"
            )
