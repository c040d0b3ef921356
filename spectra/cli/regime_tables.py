"""`spectra regimes`."""

from __future__ import annotations

import json
from dataclasses import dataclass

from typer import echo

from spectra.cli.exits import door
from spectra.scaling import CATALOG, Regime, Size, regime
from spectra.scaling.regime_rows import LEGEND, regime_document, regime_latex, regime_text


@dataclass(frozen=True)
class Request:
    """What is asked about regimes: the table at a size, over a base."""

    name: str | None  # None: all of them
    optimizer: str
    size: tuple[int, int]  # width, depth
    base: tuple[int, int]
    richness: float | None
    depth_exponent: float | None


def print_regimes(request: Request, form: str) -> None:
    """Print one regime, or all, as "table", "json" or "latex"."""
    with door():
        chosen = [_regime(request, name) for name in (CATALOG if request.name is None else [request.name])]
        size = Size(*request.size)
        documents = [regime_document(each, size) for each in chosen]
    if form == "json":
        echo(json.dumps(documents if request.name is None else documents[0], indent=2))
    elif form == "latex":
        echo("\n\n".join(regime_latex(each) for each in chosen))
    else:
        echo("\n\n".join([*(regime_text(each, size) for each in chosen), LEGEND]))


def _regime(request: Request, name: str) -> Regime:
    # Of all regimes only those without a depth exponent of their own can take one.
    own = request.name is None and name in ("depth_mup", "completep")
    exponent = None if own else request.depth_exponent
    return regime(
        name,
        optimizer=request.optimizer,
        base=Size(*request.base),
        richness=request.richness,
        depth_exponent=exponent,
    )
