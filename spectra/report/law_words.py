"""The words of a page with laws: headings, captions, and its table of exponents."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

from spectra.plain_text import clean
from spectra.report.cell import Cell
from spectra.report.cells import bracketed, extent
from spectra.report.law_answers import answers
from spectra.report.law_study import LawStudy
from spectra.report.sheet import Sheet
from spectra.report.words import counted, listing, number
from spectra.verdicts.verdict import capital

HEADINGS = {
    "losses": "How the {loss} changes",
    "exponents": "How fast it changes",
    "spectrum": "The spectrum that makes it so",
    "target": "Where the target lies in this spectrum",
}
SHADED = "Shaded: the window in which exponents are measured, the last factor of ten."
LINES = (
    "Dashed: the power law of theory, with its constant; dotted: the exact expectation, of which the law is the limit. "
    "Neither has a free parameter."
)
FITTED = "The dotted line is fitted to the exact expectation in the same window."
CONVENTION = (
    "The loss is the mean of the squared errors, and theory is written for half of it: the laws here are twice those "
    "of theory, and an update at learning rate r takes 2 r units of its time. Exponents are the same."
)
CAPTIONS = {
    "losses": "{Loss} against the number of updates, mean over repetitions.",
    "exponents": "Exponents of the {loss} in the shaded window, mean over repetitions with their 95 % interval from "
    "the scatter of the repetitions, or of the one fit where there is one alone.",
    "spectrum": "Eigenvalues of the tangent kernel on the training examples at the start, divided by the learning "
    "rate, one panel for every kernel. Shaded: the modes that are learnt in the last factor of a hundred in steps. "
    "Theory has the eigenvalues of the infinitely wide network on the whole sphere; measured ones must leave it where "
    "their number comes near that of the examples.",
    "target": "Sum of the squared coefficients of the target in eigenvector n and all behind it.",
}
HEADS = ("case", "width", "exponent of", "window", "measured", "repetitions", "law", "expected", "ratio", "lazy")
WINDOWS = (
    "Exponents, with 95 % intervals{} in brackets. Windows are in steps, or in numbers of modes: those learnt in the "
    "last hundredfold of steps."
)
EXPECTED = (
    "Expected: the exact expectation, fitted alike. Ratio: what is measured at the end of the window over the law."
)
LAZY = "Lazy: the training loss at the end over what the tangent kernel at the start predicts for it."
QUANTITIES = {
    "xi": "loss in steps (ξ)", "nu": "eigenvalue in its number (ν)", "kappa": "target from n on, in n (κ)",
}  # fmt: skip


def heading(name: str, study: LawStudy) -> str:
    """Title of a figure's section."""
    return HEADINGS[name].format(loss=study.loss)


def caption(name: str, study: LawStudy) -> str:
    """What a figure shows."""
    known = study.has_theory
    colour = "Thinner lines: larger widths." if len(study.widths) > 1 else ""
    said = {
        "losses": (SHADED if has_window(study) else "", CONVENTION if known else ""),
        "exponents": ("", FITTED if known else ""),
    }
    before, after = said.get(name, ("", ""))
    told = CAPTIONS[name].format(loss=study.loss, Loss=capital(study.loss))
    return " ".join(filter(None, (told, before, LINES if known else "", after, colour)))


def has_window(study: LawStudy) -> bool:
    """Whether the exponent of some loss was measured."""
    return bool((study.exponents["quantity"] == "xi").any())


def told(name: str, study: LawStudy) -> list[str]:
    """The content of a figure in words with numbers."""
    sentences = (
        [f"{answer.case}: {answer.sentence}" for answer in answers(study)] if name in ("losses", "exponents") else []
    )
    rows = study.exponents[study.exponents["quantity"] == {"spectrum": "nu", "target": "kappa"}.get(name, "")]
    sentences += [
        f"{row['case']}, width {number(row['width'], 6)}: exponent {number(row['measured'])}, law {number(row['law'])}."
        for row in rows.to_dict("records")
    ]
    return sentences


def facts(study: LawStudy) -> list[str]:
    """Size of the experiment in a few words."""
    table = study.table
    widths = [f"width {listing([number(width, 6) for width in study.widths])}"] if study.widths else []
    return [counted(table["run"].nunique(), "run"), counted(len(study.cases), "case"), *widths]


def exponent_sheet(study: LawStudy) -> Sheet:
    """All exponents, beside those of theory where there is one; no column where all is the same or unknown."""
    counts, known = study.exponents["repetitions"].unique().tolist(), study.has_theory
    over = f" over {counted(counts[0], 'repetition')}" if len(counts) == 1 else ""
    lazy = bool(np.isfinite(study.exponents["lazy"].astype(float)).any())
    told = {"width": bool(study.widths), "repetitions": not over, "lazy": lazy}
    told |= dict.fromkeys(("law", "expected", "ratio"), known)
    heads = tuple(head for head in HEADS if told.get(head, True))
    rows = [dict(zip(HEADS, _cells(row), strict=True)) for row in study.exponents.to_dict("records")]
    return Sheet(
        " ".join([WINDOWS.format(over), *([EXPECTED] if known else []), *([LAZY] if lazy else [])]),
        heads,
        tuple(tuple(row[head] for head in heads) for row in rows),
    )


def _cells(row: Mapping[Hashable, Any]) -> tuple[str, ...]:
    """An exponent in words, as `HEADS`."""
    start, end, low, high = row["from"], row["to"], row["low"], row["high"]
    measured = f"{number(row['measured'], 4)}{bracketed(extent(low, high, 4))}"
    return (
        clean(row["case"]),
        number(row["width"], 6) if row["width"] else "–",
        QUANTITIES[row["quantity"]],
        Cell(f"{number(start, 4)} to {number(end, 6)}", {"from": start, "to": end}),
        Cell(measured, {"value": row["measured"], "low": low, "high": high}),
        str(row["repetitions"]),
        *(number(row[name], 4) for name in ("law", "expected")),
        *(number(row[name], 3) for name in ("ratio", "lazy")),
    )
