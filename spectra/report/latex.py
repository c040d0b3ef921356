"""Text and tables for LaTeX: nothing that a user named is taken for a command."""

import math
import re
from collections.abc import Iterable, Sequence

from spectra.plain_text import clean

PREAMBLE = (
    "% Needs booktabs. With siunitx, which is not needed, numbers follow its settings.",
    r"\providecommand{\num}[1]{\ensuremath{#1}}",
)
_GREEK = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "lambda", "mu", "mu", "nu", "xi",
    "pi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega", "Delta", "Sigma",
)  # fmt: skip
_LETTERS = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"{''}", "`": "{`}", "[": "{[}", "]": "{]}", "*": "{*}",
    "\u00a0": "~", "\u202f": r"\,", "…": r"\ldots{}", "−": r"\ensuremath{-}", "–": "--", "∞": r"\ensuremath{\infty}",
    "±": r"\ensuremath{\pm}", "×": r"\ensuremath{\times}", "·": r"\ensuremath{\cdot}", "≤": r"\ensuremath{\leq}",
    "≥": r"\ensuremath{\geq}", "√": r"\ensuremath{\surd}", "→": r"\ensuremath{\to}", "½": r"\ensuremath{\frac12}",
    "\ufffd": "?",
    **{sign: rf"\ensuremath{{^{{{place}}}}}" for place, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}, "⁻": r"\ensuremath{^{-}}",
    **{sign: rf"\ensuremath{{_{{{place}}}}}" for place, sign in enumerate("₀₁₂₃₄₅₆₇₈₉")},
    **{sign: rf"\ensuremath{{\{name}}}" for sign, name in zip("αβγδεζηθκλµμνξπρστφχψωΔΣ", _GREEK, strict=True)},
}  # fmt: skip
_FIGURES = 2  # of an interval's half width: the digits beyond them are noise


def escaped(text: object) -> str:
    """User text as LaTeX prints it. Letters that no table here names stay: they need a font that has them.

    Line ends become spaces, because an empty line would end a table.
    """
    return "".join(_LETTERS.get(letter, letter) for letter in re.sub(r"\s*\n\s*", " ", clean(text)))


def tabular(
    columns: Sequence[str], rows: Iterable[Sequence[str] | str], *, align: str, notes: Iterable[str] = ()
) -> str:
    r"""A table in the rules of booktabs, to stand in a `table` of the reader's own with a caption.

    Args:
        columns: Heads, already LaTeX.
        rows: Cells of every row, already LaTeX; a text alone is the title of the rows below it.
        align: Letter of every column: l, c or r.
        notes: Lines below the table, already LaTeX.
    """
    wide = rf"\multicolumn{{{len(columns)}}}{{@{{}}l@{{}}}}"
    lines = [
        *PREAMBLE,
        rf"\begin{{tabular}}{{@{{}}{align}@{{}}}}",
        r"\toprule",
        " & ".join(columns) + r" \\",
        r"\midrule",
    ]
    for place, row in enumerate(rows):
        if isinstance(row, str):
            lines += [*([r"\addlinespace"] if place else []), rf"{wide}{{\emph{{{row}}}}} \\"]
        else:
            lines.append(" & ".join(row) + r" \\")
    below = [rf"{wide}{{\footnotesize {note}}} \\" for note in notes]
    return "\n".join([*lines, r"\bottomrule", *below, r"\end{tabular}"])


def number(value: float, decimals: int) -> str:
    r"""A number with so many decimals as an argument of \num; nothing where it is unknown."""
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return rf"\ensuremath{{{'' if value > 0 else '-'}\infty}}"
    text = f"{value:.{max(decimals, 0)}f}"
    return rf"\num{{{text.removeprefix('-') if float(text) == 0 else text}}}"


def decimals(low: float, high: float, estimate: float) -> int:
    """Decimals that two digits of an interval's half width have; three digits of the estimate where it has none."""
    reach = high - low
    if math.isfinite(reach) and reach > 0:
        return _FIGURES - 1 - math.floor(math.log10(reach / 2))
    return 2 - math.floor(math.log10(abs(estimate))) if math.isfinite(estimate) and estimate else 2
