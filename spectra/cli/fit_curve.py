"""`spectra fit`."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from spectra.cli.exits import BAD_INPUT, door, fail
from spectra.fitting import PowerLaw, fit_power_law, read_curve

MODELS = {"power": False, "floor": True}
"""Names of the models, and whether they have a floor."""


def fit_file(curve: Path, *, x: str, y: str, model: str, level: float, out: Path | None) -> None:
    """Fit a saved curve, print the table, and write fits.csv if a folder is given."""
    if model not in MODELS:
        fail(f"there is no model {model!r}; known are {', '.join(MODELS)}", BAD_INPUT)
    with door():
        saved = read_curve(curve, x=x, y=y)
        try:
            law = fit_power_law(saved.x, saved.y, floor=MODELS[model], level=level)
        except ValueError as error:
            raise ValueError(f"{curve}: {error}") from error
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            law.rows(curve.stem).to_csv(out / "fits.csv", index=False)
    console = Console(highlight=False, soft_wrap=True)
    formula = f"{y} = {'floor + ' if MODELS[model] else ''}amplitude * {x}^-exponent"
    console.print(
        f"{curve}: {formula}, {law.points} points from {x} = {saved.x.min():g} to {saved.x.max():g}", markup=False
    )
    console.print(_table(law, level))
    console.print(f"Relative residual {law.relative_residual:.2%}")
    for sentence in (*saved.notes, *law.warnings):
        console.print(f"Note: {sentence}", markup=False)
    if out is not None:
        console.print(f"Wrote {out / 'fits.csv'}", markup=False)


def _table(law: PowerLaw, level: float) -> Table:
    table = Table()
    for heading in ("parameter", "estimate", "low", "high"):
        table.add_column(heading, justify="left" if heading == "parameter" else "right")
    for row in law.rows("").to_dict("records"):
        table.add_row(row["parameter"], *(f"{row[name]:.6g}" for name in ("estimate", "low", "high")))
    table.caption = f"{level:.0%} intervals by profile likelihood"
    return table
