"""`spectra regimes`."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from spectra.cli.exits import door
from spectra.scaling import CATALOG, Power, Regime, Size, regime

NOTE = (
    "m is the width and l the depth, over the base's. multiplier: factor on the layer's product in the forward pass; "
    "init: standard deviation of the weights times the square root of the fan-in at the base width; learning rate and "
    "weight decay: factors on the base values; branch: factor on what a residual branch adds."
)


def print_regimes(name: str | None, *, size: tuple[int, int], base: tuple[int, int], richness: float | None) -> None:
    """Print one regime, or all."""
    with door():
        names = CATALOG if name is None else [name]
        chosen = [regime(each, base=Size(*base), richness=richness) for each in names]
        target = Size(*size)
    console = Console(highlight=False)
    for each in chosen:
        console.print(_table(each, target))
        console.print(
            f"Base: width {each.base.width}, depth {each.base.depth}. Source: {each.source}.\n", soft_wrap=True
        )
    console.print(NOTE, soft_wrap=True)


def _table(regime: Regime, size: Size) -> Table:
    title = f"{regime.name}: {regime.title}, {regime.optimizer}, at width {size.width}, depth {size.depth}"
    table = Table(title=title, title_justify="left", caption_justify="left")
    for heading in ("role", "multiplier", "init", "learning rate", "weight decay"):
        table.add_column(heading)
    for role, rule in regime.rules.items():
        powers = (rule.multiplier, rule.init, rule.rate, rule.decay)
        table.add_row(role.value, *(_cell(power, regime, size) for power in powers))
    table.add_row("branch", _cell(regime.branch, regime, size), "", "", "")
    return table


def _cell(power: Power, regime: Regime, size: Size) -> str:
    value = power.at(size, regime.base)
    return str(power) if power.width == power.depth == 0 else f"{power} = {value:.4g}"
