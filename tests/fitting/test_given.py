"""What no fit can use is refused at its door, in words; nothing is cut to length or left out in silence."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from spectra.fitting import (
    LAWS,
    Curve,
    FitPlan,
    Huber,
    backtest,
    block_bootstrap,
    choose_law,
    compare_curves,
    exponent_windows,
    fit_law,
    fit_schedule_law,
    information_bound,
    local_slopes,
    read_curve,
    run_bootstrap,
    study_curve,
)
from spectra.fitting.schedule_bins import schedule_bins

X = np.arange(1.0, 41.0)
Y = 2 + 3 * X**-0.5 * np.exp(0.01 * np.sin(X))
RUNS = np.repeat(np.arange(8), 5)
TRUE = {"amplitude": 3.0, "exponent": 0.5, "floor": 2.0}
DRAWS = np.random.default_rng(0).spawn(2)
FITS = {
    "fit": fit_law,
    "backtest": backtest,
    "choice": lambda x, y, **given: choose_law(x, y, ["power", "floor"], **given),
    "windows": exponent_windows,
    "study": study_curve,
    "study of a window": partial(study_curve, plan=FitPlan(window=(2.0, 30.0))),
    "slopes": local_slopes,
    "blocks": lambda x, y, **given: block_bootstrap(x, y, generators=DRAWS, **given),
    "runs": lambda x, y, **given: run_bootstrap(x, y, RUNS, generators=DRAWS, **given),
    "comparison": lambda x, y, weights=None: compare_curves((x, y) if weights is None else (x, y, weights), (X, Y)),
}


@pytest.mark.parametrize("name", FITS)
@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("ab", Y), "x cannot be read as numbers"),
        ((X, [*Y[:-1], "--"]), "y cannot be read as numbers .*'--'"),
        ((X, Y[:-1]), "shape"),
        ((X, np.append(Y, 2.0)), "shape"),
        ((X[:-1], Y), "shape"),
        (([], []), "these data have 0|there must be some|no points|3 or more|shape"),
        ((None, None), "shape"),
    ],
)
def test_curves_that_are_none_are_refused_by_every_fit(name, given, told):
    with pytest.raises(ValueError, match=told):
        FITS[name](*given)


@pytest.mark.parametrize("name", FITS)
@pytest.mark.parametrize(
    ("weights", "told"), [("a", "weights cannot be read"), (np.ones(50), "shape"), (0 * X, "positive and finite")]
)
def test_weights_that_are_none_are_refused_by_every_fit(name, weights, told):
    with pytest.raises(ValueError, match=told):
        FITS[name](X, Y, weights=weights)


@pytest.mark.parametrize("name", ["fit", "backtest", "choice", "slopes", "runs"])
def test_columns_of_a_table_are_curves_for_every_fit(name):
    table = pd.DataFrame({"step": X, "loss": Y}, index=range(100, 140))
    FITS[name](table["step"], table["loss"])


def test_variables_may_be_a_table_where_they_are_cut_or_resampled():
    size, data = (mesh.ravel() for mesh in np.meshgrid(np.geomspace(1, 100, 5), np.geomspace(1, 150, 8)))
    loss, columns = 1 + size**-0.5 + data**-0.4 + 0.01 * np.sin(np.arange(40)), {"size": size, "data": data}
    joint = partial(fit_law, law="joint")
    cut = [backtest(x, loss, along=size * data, fit=joint) for x in (columns, pd.DataFrame(columns))]
    assert len(cut[0])
    pd.testing.assert_frame_equal(*cut)
    drawn = [
        run_bootstrap(x, loss, RUNS, generators=np.random.default_rng(1).spawn(2), fit=joint).draws
        for x in (columns, pd.DataFrame(columns))
    ]
    pd.testing.assert_frame_equal(*drawn)
    named, plain = backtest({"x": X}, Y), backtest(X, Y)
    pd.testing.assert_frame_equal(named, plain)


def test_a_fit_of_one_variable_is_given_an_array():
    shifted = partial(lambda x, y, **options: fit_law(x + 1.0, y, **options), law="power")
    table = backtest(X, 3 * (X + 1) ** -0.5, fit=shifted)
    assert len(table)
    assert run_bootstrap(X, Y, RUNS, generators=DRAWS, fit=shifted).draws["exponent"].notna().all()


LEVELS = {
    "fit": lambda level: fit_law(X, Y, level=level),
    "backtest": lambda level: backtest(X, Y, level=level),
    "windows": lambda level: exponent_windows(X, Y, level=level),
    "study": lambda level: study_curve(X, Y, plan=FitPlan(level=level)),
    "slopes": lambda level: local_slopes(X, Y, level=level),
    "bootstrap": run_bootstrap(X, Y, RUNS, generators=DRAWS).intervals,
    "comparison": lambda level: compare_curves((X, Y), (X, Y), level=level),
    "schedules": lambda level: fit_schedule_law([], level=level),
}


@pytest.mark.parametrize("name", LEVELS)
@pytest.mark.parametrize("level", [0, 1, 95, float("nan")])
def test_a_level_in_percent_is_refused(name, level):
    with pytest.raises(ValueError, match=f"a confidence level of {level} was given; use a number between 0 and 1"):
        LEVELS[name](level)


@pytest.mark.parametrize("along", [X[1:], np.where(X == 3, np.nan, X), -X, "a"])
def test_an_order_of_the_future_that_is_none_is_refused(along):
    with pytest.raises(ValueError, match="along"):
        backtest(X, Y, along=along)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: fit_law(X, Y).predict([-1.0, 1.0]), "the law 'floor' was asked for at negative or undefined x"),
        (lambda: fit_law(X, Y).predict("a"), "x cannot be read as numbers"),
        (lambda: LAWS["floor"].predict({"amplitude": 1.0}, X), "missing: exponent, floor"),
        (lambda: fit_law(pd.DataFrame({"x": [1, 2, "a", 4]}), X[:4]), "x cannot be read as numbers"),
        (lambda: fit_law(X, Y, objective=None), "an objective is"),
        (lambda: fit_law(X, Y, objective=Huber), "an objective is"),
        (lambda: fit_law(X, Y, law=None), "there is no law 'None'"),
        (lambda: fit_law(X, np.geomspace(1e-300, 1e300, 40)), "from 1e-300 to 1e.300 .* leave out points"),
        (lambda: information_bound(LAWS["floor"], {"amplitude": 1.0}, X, noise=0.1), "missing: exponent, floor"),
        (lambda: information_bound(LAWS["floor"], TRUE, X, noise=0.0), "pass a positive number"),
        (lambda: information_bound(LAWS["floor"], TRUE, X, noise=[1.0, 2.0]), r"shape \(2,\) was given for 40 points"),
        (lambda: local_slopes(X, Y, floors=()), "no floors were given"),
        (lambda: local_slopes(X, Y, floors=[-np.inf]), "the floor -inf is not finite and below every y"),
        (lambda: local_slopes(X, Y, decades=np.inf), "a neighbourhood of inf decades"),
        (lambda: study_curve(X, Y, plan=FitPlan(window=(2.0, 3.0, 4.0))), "two ascending numbers"),
        (lambda: study_curve(X, Y, plan=FitPlan(window=(50.0, 60.0))), "the curve goes from 1 to 40: give a window"),
        (lambda: exponent_windows(X, Y, moving="both"), "choose 'start' or 'end'"),
        (lambda: fit_schedule_law([]), "0 points cannot determine the 7 parameters .* give runs"),
        (lambda: fit_schedule_law([], delta=0.0), "a delta of 0.0 was given"),
        (lambda: block_bootstrap(X[:3], Y[:3], generators=DRAWS), "3 points, worth 3.0 .* fit a law with fewer"),
        (lambda: block_bootstrap(X, Y, generators=DRAWS, fit=_unlucky()), "none of 2 resamples could be fitted: so"),
    ],
)
def test_what_cannot_be_computed_is_refused_with_what_to_do(call, told):
    with pytest.raises(ValueError, match=told):
        call()


def _unlucky():
    """A fit that succeeds once, as on the data, and never again, as on resamples of a few points."""
    calls = []

    def fit(*data, **options):
        calls.append(1)
        if len(calls) > 1:
            raise ValueError("so few different points")
        return fit_law(*data, **options)

    return fit


def test_bins_of_a_schedule_need_a_number_per_decade(tmp_path):
    (tmp_path / "a.csv").write_text("step,loss\n1,2\n2,1\n")
    curve: Curve = replace(read_curve(tmp_path / "a.csv"))
    with pytest.raises(ValueError, match="per_decade is 0"):
        schedule_bins(curve, per_decade=0)
