"""A regime as rows to read, to store or to typeset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any

from spectra import notebook
from spectra.scaling.aligned import aligned
from spectra.scaling.rules import Power, Regime, Rule, Size

COLUMNS: Mapping[str, str] = {
    "multiplier": "multiplier",
    "variance": "initial variance",
    "rate": "learning rate",
    "decay": "weight decay",
    "epsilon": "Adam epsilon",
}
"""Quantities of a row, and their headings; epsilon is left out for SGD."""

LEGEND = (
    "m: width over the base's; l: depth over the base's. multiplier: factor on the layer's product in the forward "
    "pass; initial variance: that of the weights, over the variance in the base; learning rate, weight decay, "
    "epsilon: factors on the base values. branch: factor on what a residual branch adds to the stream, and further "
    "factors for the parameters inside it. attention: factor on the logits q.k / sqrt(head dimension), with m the head "
    "dimension over the base's: nothing where the number of heads grows instead."
)


@dataclass(frozen=True)
class RegimeRow:
    """One line of the table: what scales, how, and where that comes from."""

    name: str  # a role, "branch" or "attention"
    powers: Mapping[str, Power]  # by the keys of COLUMNS; absent where the quantity has no meaning
    source: str


def regime_rows(regime: Regime) -> list[RegimeRow]:
    """The rows of a regime: one for each role, then branches and attention."""
    rows = [RegimeRow(role.value, _powers(rule, regime), rule.source) for role, rule in regime.rules.items()]
    inside = {name: power for name, power in _powers(regime.branch, regime).items() if name != "variance"}
    rows.append(RegimeRow("branch", inside, regime.branch.source))
    rows.append(RegimeRow("attention", {"multiplier": regime.attention.multiplier}, regime.attention.source))
    return rows


def regime_text(regime: Regime, size: Size | None = None) -> str:
    """A regime as an aligned table of plain text, with the sources of its rows below.

    Args:
        regime: What is printed.
        size: Size at which every power is evaluated too; None for the powers alone.

    Raises:
        ValueError: If the base is larger than `size`.
    """
    if size is not None:
        regime.check(size)
    rows, columns = regime_rows(regime), _columns(regime)
    sources = [*dict.fromkeys(row.source for row in rows)]
    base = f"base: width {regime.base.width}, depth {regime.base.depth}"
    at = "" if size is None else f"at width {size.width}, depth {size.depth}; "
    cells = [("parameter", *columns.values(), "source")]
    for row in rows:
        powers = (_cell(row.powers.get(name), regime, size) for name in columns)
        cells.append((row.name, *powers, f"[{sources.index(row.source) + 1}]"))
    table = aligned(cells)
    notes = [f"[{number}] {source}" for number, source in enumerate(sources, start=1)]
    return "\n".join([f"{regime.name}: {regime.title}, {regime.optimizer}, {at}{base}", *table, *notes])


def regime_document(regime: Regime, size: Size) -> dict[str, Any]:
    """A regime as plain values for JSON: every power with its exponents and its value at a size.

    Raises:
        ValueError: If the base is larger than `size`.
    """
    regime.check(size)
    return {
        "regime": regime.name,
        "title": regime.title,
        "optimizer": regime.optimizer,
        "size": {"width": size.width, "depth": size.depth},
        "base": {"width": regime.base.width, "depth": regime.base.depth},
        "rows": [_document(row, regime, size) for row in regime_rows(regime)],
    }


def regime_latex(regime: Regime) -> str:
    """A regime as a LaTeX table (package booktabs), with the sources of the rows below it."""
    columns = _columns(regime)
    rows = regime_rows(regime)
    sources = [*dict.fromkeys(row.source for row in rows)]
    lines = [
        rf"% {regime.title}, {regime.optimizer}. {LEGEND}",
        rf"\begin{{tabular}}{{l{'c' * len(columns)}c}}",
        r"\toprule",
        " & ".join(["parameter", *columns.values(), "source"]) + r" \\",
        r"\midrule",
    ]
    for row in rows:
        cells = [_math(row.powers[name]) if name in row.powers else "" for name in columns]
        lines.append(" & ".join([row.name, *cells, f"[{sources.index(row.source) + 1}]"]) + r" \\")
    notes = [rf"\par [{number}] {_escaped(source)}." for number, source in enumerate(sources, start=1)]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", *notes])


def regime_html(regime: Regime) -> str:
    """A regime as a table for a notebook, with the source of every row."""
    columns = _columns(regime)
    rows = [
        [escape(text) for text in (row.name, *(str(row.powers.get(name, "")) for name in columns), row.source)]
        for row in regime_rows(regime)
    ]
    base = f"base: width {regime.base.width}, depth {regime.base.depth}"
    summary = escape(f"{regime.title}, {regime.optimizer}, {base}. {LEGEND}")
    return notebook.card(regime.name, summary, notebook.table(["parameter", *columns.values(), "source"], rows))


def _cell(power: Power | None, regime: Regime, size: Size | None) -> str:
    if power is None:
        return ""
    constant = power.width == power.depth == 0
    return str(power) if constant or size is None else f"{power} = {power.at(size, regime.base):.4g}"


def _columns(regime: Regime) -> dict[str, str]:
    return {name: heading for name, heading in COLUMNS.items() if name != "epsilon" or regime.optimizer == "adam"}


def _powers(rule: Rule, regime: Regime) -> dict[str, Power]:
    powers = {
        "multiplier": rule.multiplier,
        "variance": rule.init**2,
        "rate": rule.rate,
        "decay": rule.decay,
        "epsilon": rule.epsilon,
    }
    return {name: powers[name] for name in _columns(regime)}


def _document(row: RegimeRow, regime: Regime, size: Size) -> dict[str, Any]:
    cells = {
        name: {
            "text": str(power),
            "factor": power.factor,
            "width_exponent": power.width,
            "depth_exponent": power.depth,
            "value": power.at(size, regime.base),
        }
        for name, power in row.powers.items()
    }
    return {"row": row.name, **cells, "source": row.source}


def _math(power: Power) -> str:
    powers = {"m": power.width, r"\ell": power.depth}
    ratios = [
        letter if exponent == 1 else f"{letter}^{{{Fraction(exponent).limit_denominator(64)}}}"
        for letter, exponent in powers.items()
        if exponent
    ]
    shown = ratios if power.factor == 1 and ratios else [f"{power.factor:.4g}", *ratios]
    return "$" + r"\,".join(shown) + "$"


def _escaped(text: str) -> str:
    return text.replace("_", r"\_").replace("&", r"\&").replace("%", r"\%")
