"""What people print in a notebook reads as words and numbers, and never as markup of a user's."""

from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import torch

import spectra
from spectra import checks, eigen, fitting, kernels, notebook, operators, verdicts
from spectra.fitting import Interval
from spectra.verdicts.paired_comparison import PairedComparison

SHOWN = [
    eigen.Eigenpairs, eigen.Density, eigen.Estimate, eigen.DiagonalEstimate,
    kernels.Alignment, kernels.EffectiveRanks, kernels.Ensemble, kernels.KernelRoutes, kernels.Nystrom,
    kernels.PseudoKernelReport, kernels.PseudoRegressionReport, kernels.Regression, kernels.StoppingTime,
    fitting.Audit, fitting.Comparison, fitting.CurveStudy, fitting.Interval, fitting.LawChoice, fitting.LawFit,
    fitting.ScheduleFit,
    verdicts.Accumulation, verdicts.Collapse, verdicts.RateTransfer, verdicts.StabilityEdge,
    verdicts.SuperConsistency, verdicts.WiderIsBetter, PairedComparison,
    operators.BatchSharpness, operators.CriticalSharpness, checks.CoordinateCheck,
]  # fmt: skip
EVIL = '<script>alert("1")</script> & Pünkt 千'


@dataclass(frozen=True)
class Result:
    """A <b>result</b>.

    Attributes:
        name: Whose it is, with a line
            that goes on.
        few: Some numbers.
    """

    name: object
    few: object = ()


@dataclass(frozen=True)
class Pair:
    """Two numbers."""

    first: float
    second: float


@dataclass(frozen=True)
class Judged:
    """A verdict."""

    verdict: str
    sentence: str
    drift: float


def parsed(html):
    return ElementTree.fromstring(html)


def words(item):
    """All text of the card, with one space between its pieces."""
    return " ".join(" ".join(parsed(notebook.as_html(item)).itertext()).split())


@pytest.mark.parametrize("kind", SHOWN, ids=lambda kind: kind.__name__)
def test_what_people_print_has_the_one_card(kind):
    assert kind._repr_html_ is notebook.as_html


def test_attributes_stand_beside_what_they_mean():
    told = words(Result("Ada", 3))
    assert told.startswith("Result A <b>result</b>. name Ada Whose it is, with a line that goes on. few 3 Some")


@pytest.mark.parametrize("value", [EVIL, [EVIL], {EVIL: EVIL}, pd.DataFrame({EVIL: [EVIL]}), pd.Series([EVIL])])
def test_text_of_a_user_is_never_markup(value):
    html = notebook.as_html(Result(value, EVIL))
    assert "<script" not in html
    assert EVIL in "".join(parsed(html).itertext())


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (torch.tensor([1.0, -2e-9]), "1, −2×10⁻⁹"),
        (torch.tensor(3.5), "3.5"),
        (torch.zeros(3, 4), "shape (3, 4), float64, from 0 to 0"),
        (torch.zeros(0, 4), "shape (0, 4), float64"),
        (np.arange(20), "shape (20,), int64"),
        (np.array([]), "none"),
        (float("nan"), "–"),
        (float("-inf"), "−∞"),
        (None, "–"),
        (True, "yes"),
        (Interval(-0.5, 0.25, 0.9), "−0.5 to 0.25 (90 %)"),
        (range(100), "0, 1, 2, 3, 4, 5, 6, 7, … (100 in all)"),
        ({"a": 1.0, "b": Interval(0, 1, 0.95)}, "a: 1 b: 0 to 1 (95 %)"),
        (Result("inner"), "few inner Some"),
        (Pair(1, 2.5), "few Pair first 1 second 2.5 Some"),
        ("x" * 300, "x" * 200 + "…"),
    ],
)
def test_values_are_short(value, told):
    assert told in words(Result("", value))


def test_a_verdict_comes_first_in_words():
    assert words(Judged("drifts", "Drifts: by 2 %.", 3)).startswith("Judged A verdict. Drifts: by 2 %. numbers")


def test_a_spectrum_reads_as_its_values():
    matrix = torch.diag(torch.arange(9.0))
    operator = spectra.SymmetricOperator(9, lambda block: matrix @ block, matrix.dtype, matrix.device)
    assert "values 8, 7 Eigenvalues (k,)" in words(spectra.top_eigenpairs(operator, 2))


def test_a_regime_is_its_table():
    text = spectra.regime("mup", optimizer="adam", base=spectra.Size(64, 3))._repr_html_()
    heads = [cell.text for cell in parsed(text).iter("th")]
    assert heads[:3] == ["parameter", "multiplier", "initial variance"]
    assert {"input", "hidden", "output", "branch", "attention"} <= set(heads)
