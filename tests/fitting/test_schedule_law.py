import numpy as np
import pytest

from spectra.fitting.schedule_fit import fit_schedule_law
from spectra.fitting.schedule_law import PARAMETERS, ScheduledRun, decay_columns, schedule_losses, schedule_terms

TRUTH = dict(zip(PARAMETERS, (2.0, 0.7, 0.45, 150.0, 2.0, 0.6, 0.65), strict=True))
PEAK, WARM_UP, TOTAL = 1e-3, 20, 400


def schedule(kind):
    """Rates (TOTAL,): a linear warm-up, then constant, a cosine, a linear decay at the end, or a drop."""
    steps = np.arange(TOTAL)
    share = (steps - WARM_UP) / (TOTAL - WARM_UP)
    shapes = {
        "constant": np.ones(TOTAL),
        "cosine": 0.55 + 0.45 * np.cos(np.pi * share),
        "decay": np.clip((TOTAL - steps) / 100, 0.05, 1.0),
        "drop": np.where(steps < 200, 1.0, 0.2),
    }
    return PEAK * np.where(steps < WARM_UP, steps / WARM_UP, shapes[kind])


def run(kind, *, scatter=0.0, generator=None, parameters=TRUTH, every=6):
    steps = np.arange(WARM_UP + 4, TOTAL, every)
    losses = schedule_losses(parameters, schedule(kind), steps)
    return ScheduledRun(
        schedule(kind), steps, losses * np.exp(scatter * generator.standard_normal(steps.size) if scatter else 0.0)
    )


def direct_loss(parameters, rates, step, first_change):
    """The law as its formula is written."""
    floor, amplitude, exponent, decay, scale, decay_exponent, rate_exponent = (parameters[name] for name in PARAMETERS)
    total = sum(rates[: step + 1])
    loss = floor + amplitude * total**-exponent
    for k in range(first_change, step + 1):
        if rates[k] > 0:
            since = sum(rates[k : step + 1])
            effect = 1 - (1 + scale * rates[k] ** -rate_exponent * since) ** -decay_exponent
            loss += decay * (rates[k] - rates[k - 1]) * effect
    return loss


@pytest.mark.parametrize("kind", ["constant", "cosine", "decay", "drop"])
@pytest.mark.parametrize("first_change", [1, WARM_UP + 1])
def test_the_law_is_its_formula(kind, first_change):
    steps = [WARM_UP, 180, 205, TOTAL - 1]
    losses = schedule_losses(TRUTH, schedule(kind), steps, first_change=first_change)
    expected = [direct_loss(TRUTH, schedule(kind).tolist(), step, first_change) for step in steps]
    np.testing.assert_allclose(losses, expected, rtol=1e-12)


def test_the_slopes_are_those_of_differences():
    terms, shape, step = schedule_terms(schedule("cosine"), np.arange(30, TOTAL, 7)), np.array([2.0, 0.6, 0.65]), 1e-6
    columns = decay_columns(terms, tuple(shape))
    for at, size in enumerate((shape[0] * step, shape[1] * step, step)):
        move = np.eye(3)[at] * size
        moved = [decay_columns(terms, tuple(shape + sign * move))[0] for sign in (1, -1)]
        np.testing.assert_allclose(columns[at + 1], (moved[0] - moved[1]) / (2 * step), rtol=1e-6)


def test_after_the_warm_up_its_rise_is_a_constant():
    # So that floors of the two ways of counting differ by decay amplitude * highest rate.
    late = [TOTAL - 1]
    with_rise = schedule_losses(TRUTH | {"decay_scale": 1e9}, schedule("constant"), late)
    without = schedule_losses(TRUTH | {"decay_scale": 1e9}, schedule("constant"), late, first_change=WARM_UP + 1)
    assert with_rise - without == pytest.approx(TRUTH["decay_amplitude"] * PEAK, rel=1e-3)


def test_a_rate_of_zero_has_its_full_effect_at_once():
    rates = np.where(np.arange(100) < 50, PEAK, 0.0)
    before, after = schedule_losses(TRUTH, rates, [49, 50])
    assert before - after == pytest.approx(TRUTH["decay_amplitude"] * PEAK, rel=1e-9)


def test_exact_runs_give_their_parameters_back():
    fit = fit_schedule_law([run("constant"), run("cosine"), run("decay"), run("drop")])
    assert fit.objective < 1e-12
    np.testing.assert_allclose([fit.estimates[name] for name in PARAMETERS], list(TRUTH.values()), rtol=1e-3)
    np.testing.assert_allclose(fit.predict(schedule("decay"), [300]), run("decay").losses[46], rtol=1e-7)
    assert any("rise of the warm-up counts" in sentence for sentence in fit.warnings)


def test_a_schedule_that_was_not_fitted_is_forecast():
    generator = np.random.default_rng(0)
    fit = fit_schedule_law([run(kind, scatter=1e-3, generator=generator) for kind in ("constant", "cosine", "drop")])
    new = run("decay")
    np.testing.assert_allclose(fit.predict(new.rates, new.steps), new.losses, rtol=3e-3)
    assert fit.points == 3 * new.steps.size
    assert fit.objective <= fit.optima["objective"].min()


def test_runs_that_do_not_determine_the_law_are_warned_about():
    fit = fit_schedule_law([run("cosine", scatter=2e-3, generator=np.random.default_rng(1))])
    assert any("Not determined" in sentence for sentence in fit.warnings)
    undetermined = next(sentence for sentence in fit.warnings if "Not determined" in sentence)
    # What a parameter that is not determined adds to the loss is not told.
    told = any("rise of the warm-up counts" in sentence for sentence in fit.warnings)
    assert told == ("decay_amplitude" not in undetermined)


def test_a_constant_rate_is_refused():
    steps = np.arange(1, 100, 5)
    flat = ScheduledRun(np.full(100, PEAK), steps, 2 + 1.0 / steps)
    with pytest.raises(ValueError, match="fit the law 'floor'"):
        fit_schedule_law([flat])


@pytest.mark.parametrize(
    ("rates", "steps", "losses", "message"),
    [
        ([1.0, -1.0], [1], [2.0], "zero or more"),
        ([1.0, 1.0], [2], [2.0], "steps 0 to 1"),
        ([1.0, 1.0], [1], [-2.0], "positive and finite"),
        ([1.0, 1.0], [1], [2.0, 3.0], "one length"),
        ([1.0, 1.0], [0.5], [2.0], "whole numbers"),
        ([0.0, 1.0], [0], [2.0], "before training began"),
        ([1.0, 1.0], [1e300], [2.0], "steps go from 1e.300"),
        ([1.0, 1.0], [-1], [2.0], "steps go from -1"),
        ([1.0, "a"], [1], [2.0], "rates cannot be read as numbers"),
        ([1.0, 1.0], [], [], "not empty"),
    ],
)
def test_bad_runs_are_refused(rates, steps, losses, message):
    with pytest.raises(ValueError, match=message):
        ScheduledRun(rates, steps, losses)


@pytest.mark.parametrize("steps", [[20], [-1], [2.5], [[1]]])
def test_losses_are_known_at_steps_that_have_a_rate(steps):
    with pytest.raises(ValueError, match="steps"):
        schedule_losses(TRUTH, np.ones(10), steps)


def test_losses_before_training_or_without_a_parameter_are_refused():
    with pytest.raises(ValueError, match="before training began"):
        schedule_losses(TRUTH, np.zeros(10), [3])
    with pytest.raises(ValueError, match=r"the parameters floor, amplitude, .* are missing"):
        schedule_losses({}, np.ones(10), [3])
