"""Tables of regimes on pages, made while the site is built.

`:::{regime-table} NAME` becomes the table of a regime, from the rows that `spectra regimes` prints;
`:::{exponent-table} SCALE` becomes that of what all regimes predict for layers as the width or the depth grows.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from spectra.scaling import CATALOG, Power, Size, predicted_exponents, regime, regime_rows
from spectra.scaling.regime_rows import RegimeRow

if TYPE_CHECKING:  # the tests make the tables without it
    from sphinx.application import Sphinx

BASE = Size(64, 3)
COLUMNS = (
    ("multiplier", "sgd", "multiplier"),
    ("initial variance", "sgd", "variance"),
    ("rate, SGD", "sgd", "rate"),
    ("decay, SGD", "sgd", "decay"),
    ("rate, Adam", "adam", "rate"),
    ("decay, AdamW", "adam", "decay"),
    ("Adam epsilon", "adam", "epsilon"),
)
"""Heading, optimizer and quantity of every column. Multipliers and variances are the same for both optimizers."""
EXPONENTS = (
    ("output at the start", "output", "initial"),
    ("change of hidden layers", "hidden", "change"),
    ("change of the output", "output", "change"),
    ("change of attention logits", "attention", "change"),
    ("stable", "output", "stable"),
)
"""Heading, place in the network and kind of every column of predicted exponents."""

_PLACE = re.compile(r"^:::\{(regime|exponent)-table\} (\w+)\n:::$", re.MULTILINE)


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the tables into pages as these are read."""
    app.connect("source-read", _fill)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _fill(_app: Sphinx, _page: str, content: list[str]) -> None:
    tables = {"regime": regime_markdown, "exponent": exponents_markdown}
    content[0] = _PLACE.sub(lambda match: tables[match[1]](match[2]), content[0])


def regime_markdown(name: str) -> str:
    """A table for both families of optimizers, and the numbered sources of its rows."""
    rows = {family: regime_rows(regime(name, optimizer=family, base=BASE)) for family in ("sgd", "adam")}
    pairs = list(zip(rows["sgd"], rows["adam"], strict=True))
    sources = [*dict.fromkeys(row.source for pair in pairs for row in pair)]
    lines = _head(["parameter", *(heading for heading, _, _ in COLUMNS), "source"])
    for pair in pairs:
        by_family = dict(zip(rows, pair, strict=True))
        cells = [_cell(by_family[family], quantity) for _, family, quantity in COLUMNS]
        told = ", ".join(dict.fromkeys(str(sources.index(row.source) + 1) for row in pair))
        lines.append(_line([pair[0].name, *cells, told]))
    return "\n".join([*lines, "", *(f"{number}. {source}" for number, source in enumerate(sources, start=1))])


def exponents_markdown(scale: Literal["width", "depth"]) -> str:
    """A table of the exponents that every regime predicts, for SGD and for Adam."""
    lines = _head(["regime", "optimizer", *(heading for heading, _, _ in EXPONENTS)])
    for name in CATALOG:
        by_title = {title: _exponents(name, family, scale) for title, family in (("SGD", "sgd"), ("Adam", "adam"))}
        if by_title["SGD"] == by_title["Adam"]:
            by_title = {"SGD, Adam": by_title["SGD"]}
        lines += [_line([f"`{name}`", title, *cells]) for title, cells in by_title.items()]
    return "\n".join(lines)


def _exponents(name: str, family: str, scale: Literal["width", "depth"]) -> list[str]:
    found = predicted_exponents(regime(name, optimizer=family, base=BASE), scale)
    return [_exponent(getattr(found[place], kind)) for _, place, kind in EXPONENTS]


def _head(headings: list[str]) -> list[str]:
    return [_line(headings), _line(["---"] * len(headings))]


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _exponent(number: float | bool) -> str:
    if isinstance(number, bool):
        return "yes" if number else "no"
    return f"${_number(Fraction(number).limit_denominator(64))}$"


def _cell(row: RegimeRow, quantity: str) -> str:
    power = row.powers.get(quantity)
    return "" if power is None else f"${formula(power)}$"


def formula(power: Power) -> str:
    """A power of the width ratio m and the depth ratio l, as LaTeX."""
    exponents = {"m": power.width, r"\ell": power.depth}
    ratios = [
        letter if exponent == 1 else f"{letter}^{{{Fraction(exponent).limit_denominator(64)}}}"
        for letter, exponent in exponents.items()
        if exponent
    ]
    factor = Fraction(power.factor).limit_denominator(10_000)
    if factor == 1 and ratios:
        return " ".join(ratios)
    return " ".join([_number(factor), *ratios])


def _number(number: Fraction) -> str:
    if number.denominator == 1:
        return str(number)
    return rf"{'-' * (number < 0)}\tfrac{{{abs(number.numerator)}}}{{{number.denominator}}}"
