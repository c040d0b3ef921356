"""The words of a page with laws: headings, captions, and its table of exponents."""

import numpy as np

from spectra.plain_text import clean
from spectra.report.cell import Cell
from spectra.report.cells import extent
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
HEADS = (
    "case", "width", "exponent of", "window", "measured", "95 % interval", "repetitions", "law", "expected", "ratio",
    "lazy",
)  # fmt: skip
WINDOWS = "Exponents. Windows are in steps, or in numbers of modes: those learnt in the last hundredfold of steps."
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


def _window(start: float, end: float) -> Cell:
    return Cell(f"{number(start, 4)} to {number(end, 6)}", {"from": start, "to": end})


def exponent_sheet(study: LawStudy) -> Sheet:
    """All exponents, beside those of theory where there is one."""
    rows = [
        (clean(row["case"]), number(row["width"], 6) if row["width"] else "–", QUANTITIES[row["quantity"]],
         _window(row["from"], row["to"]), number(row["measured"], 4), extent(row["low"], row["high"], 4),
         str(row["repetitions"]), number(row["law"], 4),
         number(row["expected"], 4), number(row["ratio"], 3), number(row["lazy"], 3))
        for row in study.exponents.to_dict("records")
    ]  # fmt: skip
    alone = not study.has_theory
    idle = {
        "width": not study.widths,
        "law": alone,
        "expected": alone,
        "ratio": alone,
        "lazy": not np.isfinite(study.exponents["lazy"].astype(float)).any(),
    }
    shown = [place for place, head in enumerate(HEADS) if not idle.get(head, False)]
    return Sheet(
        " ".join([WINDOWS, *([] if alone else [EXPECTED]), *([] if idle["lazy"] else [LAZY])]),
        tuple(HEADS[place] for place in shown),
        tuple(tuple(row[place] for place in shown) for row in rows),
    )
