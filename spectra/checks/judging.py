"""Measured exponents beside predicted ones, and the verdict on all together."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from spectra.checks.gathering import Gathered
from spectra.checks.layer_names import FIRST, GROWING
from spectra.checks.layer_places import LayerPlace
from spectra.checks.plan import Plan
from spectra.checks.recording import LOGITS, OUTPUT
from spectra.scaling import Regime, predicted_exponents
from spectra.verdicts.size_exponents import AT_LEAST, AT_MOST, EQUAL, FAIL, MORE_SEEDS, PASS, UNJUDGED, size_exponents


def judged_exponents(gathered: Gathered, regime: Regime, plan: Plan) -> pd.DataFrame:
    """Exponents of the size of each layer's output at the start and of its change, with a verdict for each.

    Args:
        gathered: What all trials gave.
        regime: What is predicted for.
        plan: Steps, tolerance, level.

    Returns:
        The table of `size_exponents`, with the place of each layer, in the order of the forward pass.
    """
    table, places = gathered.layers, gathered.places
    changes = (table["quantity"] == "change") & (
        table["step"].gt(0) if plan.every_step else table["step"] == plan.steps
    )
    starts = (table["quantity"] == "size") & (table["step"] == 0)
    rows = predictions(gathered, regime, plan)
    found = size_exponents(table[starts | changes], rows, tolerance=plan.tolerance, level=plan.level)
    # That nothing grows is no fault of a regime that is not stable: growth shows in small first updates only.
    found.loc[(found["relation"] == AT_LEAST) & (found["verdict"] == FAIL), "verdict"] = MORE_SEEDS
    found.insert(1, "place", found["layer"].map(dict(places)))
    order = {layer: position for position, layer in enumerate(places)}
    found["order"] = found["layer"].map(order)
    return found.sort_values(["order", "step"], kind="stable", ignore_index=True).drop(columns="order")


def predictions(gathered: Gathered, regime: Regime, plan: Plan) -> pd.DataFrame:
    """What is predicted for each layer: layer, quantity, predicted, relation.

    The last layer alone is not judged where the output of the whole network is seen: a factor on the readout may stand
    outside of the layer. Layers of which no dimension grows have no prediction. Across depths neither has the first of
    many blocks, because networks agree at a given share of the depth and what one block adds fades (measured: -0.2 to
    -0.3 at depths 4 to 32), nor have layers inside of a block where branches are divided by less than the depth: their
    own updates fade as depth^(alpha - 1) beside those that they are handed (measured: -0.1 to -0.2 for alpha = 1/2).

    A readout that is tied to the embedding gives each token a share of its own vector's squared length, which does not
    shrink as sums of random terms do: the output may start with any exponent up to zero (measured under muP: -0.2).

    Attention logits, and the queries and keys that they are made of, may change less than predicted: at initialisation
    the gradients that reach them are random sums, which shrink with the width until values have learned. Right
    transformers of widths 32 to 256 show changes of the logits from -0.5 to 0 after 10 updates, by their data and rate.
    What they start with follows the head dimension, which does not grow where the number of heads does.

    Of a regime that is not stable the check asks only that the change of the network's output grows at all, its
    interval above zero. Its exponents are those of a limit in which the updates have outgrown the initial weights, from
    which moderate widths and rates are far: for standard parameterization and SGD the limit is +2 for the output and +1
    for hidden layers, and widths 64 to 512 give +0.66 and 0 (residual network of depth 2, rates 0.001 to 1, one step).
    """
    places, rows = gathered.places, []
    zero = _starts_at_zero(gathered)
    for layer, place in places.items():
        growth = gathered.head_dimensions.get(layer, 1.0) if plan.scale == "width" else 1.0
        known = predicted_exponents(regime, plan.scale, head_dimension=growth, zero_readout=zero)
        whole = layer == OUTPUT or (place == "output" and OUTPUT not in places)
        if place == "fixed" or (place == "output" and not whole) or (plan.scale == "depth" and _fades(layer, regime)):
            continue
        found = known[place]
        if found.stable:
            start = (0.0, AT_MOST) if whole and gathered.tied else (found.initial, EQUAL)
            change = AT_MOST if _feeds_attention(layer, places) else EQUAL
            rows += [(layer, "size", *start), (layer, "change", found.change, change)]
        elif whole:
            rows.append((layer, "change", plan.tolerance, AT_LEAST))
    return pd.DataFrame(rows, columns=["layer", "quantity", "predicted", "relation"])


def _starts_at_zero(gathered: Gathered) -> bool:
    """Whether the network puts out nothing but the bias of its readout at first, at any size."""
    table = gathered.layers
    rows = table[(table["layer"] == OUTPUT) & (table["quantity"] == "size") & (table["step"] == 0)]
    return len(rows) > 0 and not rows["value"].any()


def _feeds_attention(layer: str, places: Mapping[str, LayerPlace]) -> bool:
    """Whether a layer is attention logits, or lies in the module that makes them and comes before them."""
    order = list(places)
    for name in (name for name, place in places.items() if place == "attention"):
        inside = layer.startswith(name.removesuffix(LOGITS))
        if layer == name or (inside and order.index(layer) < order.index(name)):
            return True
    return False


def _fades(layer: str, regime: Regime) -> bool:
    """Whether what is measured across depths is a sum of which a part vanishes slowly, so that it has no power."""
    parts = layer.split(".")
    inside = any(part in GROWING for part in parts[:-1])
    return FIRST in parts or (inside and regime.branch.multiplier.depth > -1)


def verdict(exponents: pd.DataFrame) -> str:
    """One word for all rows: fail if one does, pass if all that can be judged do, and else not enough seeds.

    A network of which nothing changed fails: it shows nothing.
    """
    words = set(exponents["verdict"])
    moved = exponents[(exponents["quantity"] == "change") & (exponents["verdict"] != UNJUDGED)]
    if FAIL in words or moved.empty:
        return FAIL
    return MORE_SEEDS if MORE_SEEDS in words else PASS
