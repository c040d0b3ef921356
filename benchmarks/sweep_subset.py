"""A part of `sweep.toml` that takes less time: every width, both regimes, three of the rates, two of the seeds."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from plain_sweep import Setting

from spectra.sweeps import read_experiment
from spectra.training import RunSpec

RECIPE = Path(__file__).with_name("sweep.toml")
REGIMES = ("mup", "ntk_matched")


@dataclass(frozen=True)
class Subset:
    """A grid of runs of the sweep, for the plain loop and for the library."""

    widths: tuple[int, ...] = (64, 128, 256, 512)
    rates: tuple[float, ...] = (0.5, 2.0, 8.0)
    seeds: tuple[int, ...] = (101, 102)

    @property
    def settings(self) -> tuple[Setting, ...]:
        """The runs, as the plain loop names them."""
        return tuple(Setting(*values) for values in product(REGIMES, self.widths, self.rates, self.seeds))

    @property
    def recipe(self) -> str:
        """The text of the recipe with this grid."""
        text, _, grids = RECIPE.read_text().partition("# The judged rate")
        axes = {"regime": REGIMES, "width": self.widths, "rate": self.rates, "seed": self.seeds}
        lines = [f"{name} = {[*values]}".replace("'", '"') for name, values in axes.items()]
        judge = grids[grids.index("[judge]") :].replace("rate = 0.5", f"rate = {self.rates[0]}")
        return "\n".join([text, "[sweep]", *lines, "", judge])

    def specs(self) -> dict[Setting, RunSpec]:
        """The runs, as the library names them."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "subset.toml"
            path.write_text(self.recipe)
            return {setting_of(spec): spec for spec in read_experiment(path).specs}


def setting_of(spec: RunSpec) -> Setting:
    """A run of the library, as the plain loop names it."""
    return Setting(spec.regime.kind, spec.model.size.width, spec.optimizer.rate, spec.seed)
