"""`spectra regimes`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from rich.console import Console
from rich.table import Table
from typer import echo

from spectra.cli.exits import door
from spectra.scaling import CATALOG, Regime, Size, regime
from spectra.scaling.regime_rows import COLUMNS, LEGEND, RegimeRow, regime_document, regime_latex, regime_rows

Format = Literal["table", "json", "latex"]


@dataclass(frozen=True)
class Request:
    """What is asked about regimes: the table at a size, over a base."""

    name: str | None  # None: all of them
    optimizer: str
    size: tuple[int, int]  # width, depth
    base: tuple[int, int]
    richness: float | None
    depth_exponent: float | None


def print_regimes(request: Request, shape: Format) -> None:
    """Print one regime, or all, as tables, as JSON or as LaTeX."""
    with door():
        chosen = [_regime(request, name) for name in (CATALOG if request.name is None else [request.name])]
        size = Size(*request.size)
        documents = [regime_document(each, size) for each in chosen]
    if shape == "json":
        echo(json.dumps(documents if request.name is None else documents[0], indent=2))
    elif shape == "latex":
        echo("\n\n".join(regime_latex(each) for each in chosen))
    else:
        _print_tables(chosen, size)


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


def _print_tables(chosen: list[Regime], size: Size) -> None:
    console = Console(highlight=False)
    for each in chosen:
        rows = regime_rows(each)
        sources = [*dict.fromkeys(row.source for row in rows)]
        console.print(_table(each, rows, sources, size))
        console.print(f"Base: width {each.base.width}, depth {each.base.depth}. Sources:", soft_wrap=True)
        for number, source in enumerate(sources, start=1):
            console.print(f"  {number}  {source}", soft_wrap=True)
        console.print()
    console.print(LEGEND, soft_wrap=True)


def _table(regime: Regime, rows: list[RegimeRow], sources: list[str], size: Size) -> Table:
    title = f"{regime.name}: {regime.title}, {regime.optimizer}, at width {size.width}, depth {size.depth}"
    table = Table(title=title, title_justify="left")
    columns = [name for name in COLUMNS if name in rows[0].powers]
    for heading in ("parameter", *(COLUMNS[name] for name in columns), "source"):
        table.add_column(heading)
    for row in rows:
        table.add_row(
            row.name, *(_cell(row, name, regime, size) for name in columns), str(sources.index(row.source) + 1)
        )
    return table


def _cell(row: RegimeRow, name: str, regime: Regime, size: Size) -> str:
    if name not in row.powers:
        return ""
    power = row.powers[name]
    value = power.at(size, regime.base)
    return str(power) if power.width == power.depth == 0 else f"{power} = {value:.4g}"
