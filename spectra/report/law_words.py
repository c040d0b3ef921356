"""The words of a page with laws: headings, captions, and its table of exponents."""

import numpy as np

from spectra.plain_text import clean
from spectra.report.cell import Cell
from spectra.report.cells import extent
from spectra.report.law_answers import answers
from spectra.report.law_study import LawStudy
from spectra.report.sheet import Sheet
from spectra.report.words import counted, listing, number

HEADINGS = {
    "losses": "How the loss falls",
    "exponents": "How fast it falls",
    "spectrum": "The spectrum that makes it so",
    "target": "Where the target lies in this spectrum",
}
LINES = (
    "Dashed: the power law of theory, with its constant; dotted: the exact expectation, of which the law is the limit. "
    "Neither has a free parameter."
)
CONVENTION = (
    "The loss is the mean of the squared errors, and theory is written for half of it: the laws here are twice those "
    "of theory, and an update at learning rate r takes 2 r units of its time. Exponents are the same."
)
CAPTIONS = {
    "losses": "Loss against the number of updates, mean over repetitions. Shaded: the window in which exponents are "
    "measured, the last factor of ten.",
    "exponents": "Exponents in the shaded window, mean over repetitions with their 95 % interval from the scatter of "
    "the repetitions, or of the one fit where there is one alone. The dotted line is fitted to the exact expectation "
    "in the same window.",
    "spectrum": "Eigenvalues of the tangent kernel on the training examples at the start, divided by the learning "
    "rate, one panel for every kernel. Shaded: the modes that are learnt in the last factor of a hundred in steps. "
    "Theory has the eigenvalues of the infinitely wide network on the whole sphere; measured ones must leave it where "
    "their number comes near that of the examples.",
    "target": "Sum of the squared coefficients of the target in eigenvector n and all behind it.",
}
HEADS = (
    "case", "width", "exponent of", "window", "measured", "95 % interval", "repetitions", "law", "expected", "ratio",
    "lazy",
)  # fmt: skip
WINDOWS = (
    "Exponents. Windows are in steps, or in numbers of modes: those learnt in the last hundredfold of steps. Expected: "
    "the exact expectation, fitted alike. Ratio: what is measured at the end of the window over the law."
)
LAZY = "Lazy: the training loss at the end over what the tangent kernel at the start predicts for it."
QUANTITIES = {
    "xi": "loss in steps (ξ)", "nu": "eigenvalue in its number (ν)", "kappa": "target from n on, in n (κ)",
}  # fmt: skip


def heading(name: str) -> str:
    """Title of a figure's section."""
    return HEADINGS[name]


def caption(name: str, study: LawStudy) -> str:
    """What a figure shows."""
    known = any(case.theory is not None for case in study.cases)
    colour = "Thinner lines: larger widths." if len(study.widths) > 1 else ""
    convention = CONVENTION if known and name == "losses" else ""
    return " ".join(filter(None, (CAPTIONS[name], LINES if known else "", convention, colour)))


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


def _window(start: float, end: float) -> Cell:
    return Cell(f"{number(start, 4)} to {number(end, 6)}", {"from": start, "to": end})


def exponent_sheet(study: LawStudy) -> Sheet:
    """All exponents beside those of theory."""
    rows = [
        (clean(row["case"]), number(row["width"], 6) if row["width"] else "–", QUANTITIES[row["quantity"]],
         _window(row["from"], row["to"]), number(row["measured"], 4), extent(row["low"], row["high"], 4),
         str(row["repetitions"]), number(row["law"], 4),
         number(row["expected"], 4), number(row["ratio"], 3), number(row["lazy"], 3))
        for row in study.exponents.to_dict("records")
    ]  # fmt: skip
    idle = {"width": not study.widths, "lazy": not np.isfinite(study.exponents["lazy"].astype(float)).any()}
    shown = [place for place, head in enumerate(HEADS) if not idle.get(head, False)]
    return Sheet(
        WINDOWS if idle["lazy"] else f"{WINDOWS} {LAZY}",
        tuple(HEADS[place] for place in shown),
        tuple(tuple(row[place] for place in shown) for row in rows),
    )
