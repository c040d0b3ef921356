"""The curvature up to which an optimizer is stable, from the settings of a table."""

from typing import Any

import pandas as pd

from spectra.verdicts.long_table import require_single

SETTINGS = ("optimizer", "momentum", "nesterov", "dampening", "beta1", "decay", "rate")
"""Columns that a limit depends on."""


def stability_limit(table: pd.DataFrame) -> float:
    """Effective sharpness up to which the optimizer of the runs contracts a quadratic.

    2 (1 + b) / (1 - dampening) for gradient descent with heavy-ball momentum b, 2 (1 + b) / (1 + 2 b) with that of
    Nesterov; (2 - rate * decay) (1 + beta1) / (1 - beta1) for Adam and AdamW with their second moments held: 38 for
    Adam at beta1 = 0.9. The learning rate is part of the effective
    sharpness. Gradients are those of all examples.

    Args:
        table: Long table with the column optimizer ("sgd", "adam" or "adamw", in capitals or not) and, where they
            apply, momentum, nesterov, dampening, beta1, decay and rate, each with one value.

    Raises:
        ValueError: If the column optimizer is missing, or a setting that its limit needs; if a setting takes several
            values or one that no optimizer has, or the optimizer is unknown.

    Source: Cohen et al. 2021 (arXiv 2103.00065) and 2022 (arXiv 2207.14484); the decoupled decay is ours.
    """
    if "optimizer" not in table.columns:
        raise ValueError(
            "the table has no column 'optimizer', which sets the stability limit: add it, for example "
            "table.assign(optimizer='sgd'), with momentum if there is any (adam and adamw: with beta1, and adamw with "
            "decay and rate); or pass limit=..., which is 2 for gradient descent without momentum"
        )
    names = [name for name in SETTINGS if name in table.columns]
    require_single(table, names)
    found: dict[str, Any] = {name: table[name].iloc[0] for name in names if pd.notna(table[name].iloc[0])}
    kind = str(found.get("optimizer")).lower()
    if kind == "sgd":
        return _descent(found)
    if kind not in ("adam", "adamw"):
        raise ValueError(
            f"the stability limit of the optimizer {found.get('optimizer')!r} is not known here; known are sgd, adam "
            "and adamw: pass limit=..., the largest effective sharpness at which it is stable on a quadratic"
        )
    if "beta1" not in found:
        raise ValueError(
            "the table has no beta1, which sets the limit of Adam; add the column, or pass limit=38 for 0.9"
        )
    if not 0 <= float(found["beta1"]) < 1:
        raise ValueError(f"the table has beta1 = {found['beta1']}; that of Adam lies from 0 up to below 1")
    beta, decay = float(found["beta1"]), float(found.get("decay", 0)) if kind == "adamw" else 0.0
    if decay and "rate" not in found:
        raise ValueError("the table has no rate, which sets the limit of AdamW beside its decay; add the column")
    return (2 - decay * float(found.get("rate", 0))) * (1 + beta) / (1 - beta)


def _descent(found: dict[str, Any]) -> float:
    """The limit of gradient descent; torch takes no notice of the dampening where there is no momentum."""
    momentum = float(found.get("momentum", 0))
    dampening = float(found.get("dampening", 0)) if momentum else 0.0
    if not (0 <= momentum < 1 and dampening < 1):
        raise ValueError(
            f"the table has momentum = {momentum:g} and dampening = {dampening:g}; a momentum lies from 0 up to below "
            "1, and a dampening below 1"
        )
    nesterov = str(found.get("nesterov", False)).lower() in ("true", "1", "1.0")
    return 2 * (1 + momentum) / (1 + 2 * momentum if nesterov else 1 - dampening)
