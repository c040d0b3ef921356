"""What the causes of a failure are told from."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from spectra.checks.gathering import Gathered
from spectra.checks.plan import Plan
from spectra.scaling import Regime, Role
from spectra.verdicts.size_exponents import FAIL, size_exponents

RATIO = 0.1
"""Exponents of settings have no scatter: what differs by more than this is another power."""
CLEAR = 0.3
"""Deviations of layers from here on are clear: faults of the power counting are 1/2 or 1, of which the broken networks
of our tests show 0.33 and more (widths 32 to 256), and right ones 0.2 at most."""


@dataclass(frozen=True)
class Evidence:
    """Numbers about a check, from which `causes` draw.

    Attributes:
        exponents: Judged exponents of the layers.
        settings: A row for each parameter, by its name: its role, the exponents of its rate, epsilon, decay, momentum
            (at the start) and parameter_change (after one update) over the sizes; nan where it has none or it is
            zero.
        parameters: Long table of the parameters.
        tied: Whether the readout has the weights of the embedding.
        regime: What was expected.
        plan: How it was measured.
    """

    exponents: pd.DataFrame
    settings: pd.DataFrame
    parameters: pd.DataFrame
    tied: bool
    regime: Regime
    plan: Plan

    @property
    def failing(self) -> pd.DataFrame:
        """Rows that fail, with their deviation from the prediction."""
        rows = self.exponents[self.exponents["verdict"] == FAIL]
        return rows.assign(deviation=rows["exponent"] - rows["predicted"])

    def rows(self, place: str, quantity: str) -> pd.DataFrame:
        """Judged rows of one place and quantity, with their deviation."""
        rows = self.exponents[(self.exponents["place"] == place) & (self.exponents["quantity"] == quantity)]
        rows = rows[rows["predicted"].notna() & rows["exponent"].notna()]
        return rows.assign(deviation=rows["exponent"] - rows["predicted"])

    def deviation(self, place: str, quantity: str) -> float:
        """Mean deviation of the rows of one place and quantity; nan if there are none."""
        return float(self.rows(place, quantity)["deviation"].mean())

    def wrong_rates(self, *roles: str) -> pd.DataFrame:
        """Parameters of some roles whose rate has an exponent that the regime does not ask for, with `wanted`.

        A multiplier may be written into rate and initial weights, so for a role that has one both ways are right. Where
        depths are compared, rates depend on which parameters lie in a branch, which nobody has said: none is wrong.
        """
        rows = self.settings[self.settings["role"].isin(roles) & self.settings["rate"].notna()]
        if self.plan.scale == "depth":
            return rows.iloc[:0].assign(wanted=0.0)
        powers = [self._wanted(role) for role in rows["role"]]
        distances = [min(abs(rate - power) for power in each) for rate, each in zip(rows["rate"], powers, strict=True)]
        rows = rows.assign(wanted=[each[0] for each in powers])
        return rows[[distance > RATIO for distance in distances]]

    def _wanted(self, role: str) -> tuple[float, ...]:
        rule = self.regime.rules[Role(role)]
        sides = 2 if self.regime.optimizer == "sgd" else 1
        return tuple(dict.fromkeys((rule.rate.width, rule.rate.width + sides * rule.multiplier.width)))


def evidence_of(gathered: Gathered, exponents: pd.DataFrame, regime: Regime, plan: Plan) -> Evidence:
    """Gather what the causes need."""
    table = gathered.parameters
    start = (table["step"] == 0) & (table["quantity"] != "parameter_change")
    first = (table["step"] == 1) & (table["quantity"] == "parameter_change")
    nothing = pd.DataFrame(columns=["layer", "quantity", "predicted", "relation"])
    found = size_exponents(table[start | first], nothing, tolerance=plan.tolerance, level=plan.level)
    settings = found.pivot(index="layer", columns="quantity", values="exponent")
    settings = settings.reindex(columns=["rate", "epsilon", "decay", "momentum", "parameter_change"])
    settings.insert(0, "role", settings.index.map(dict(gathered.roles)))
    return Evidence(exponents, settings, table, gathered.tied, regime, plan)
