"""What `help` shows of the public functions."""

from inspect import signature

import pytest

from spectra.fitting.backtest import backtest
from spectra.fitting.bootstrap import block_bootstrap, run_bootstrap
from spectra.fitting.comparison import compare_curves
from spectra.fitting.curve_study import study_curve
from spectra.fitting.fit_law import fit_law
from spectra.fitting.model_choice import choose_law
from spectra.fitting.windows import exponent_windows

FUNCTIONS = (
    backtest,
    block_bootstrap,
    choose_law,
    compare_curves,
    exponent_windows,
    fit_law,
    run_bootstrap,
    study_curve,
)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_signatures_name_their_types_shortly(function):
    assert "ArrayLike" in str(signature(function))
    assert "_SupportsArray" not in str(signature(function))
