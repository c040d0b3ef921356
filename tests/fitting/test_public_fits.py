"""Fits that others published, on their data where these are at hand, and a synthetic twin of each that always runs."""

import numpy as np
import pytest

from spectra.fitting.fit_law import fit_law
from spectra.fitting.law_catalog import LAWS
from tests.fitting.public_curves import public_table


def chinchilla(*, rows=240):
    """Sizes, tokens and losses of the table that Besiroglu et al. read off a figure; the largest losses dropped."""
    table = public_table("chinchilla/svg_extracted_data.csv").sort_values("loss").head(rows)
    size, compute = table["Model Size"].to_numpy(), table["Training FLOP"].to_numpy()
    return {"size": size, "data": compute / (6 * size)}, table["loss"].to_numpy(), compute


def test_chinchilla_optimum_of_the_huber_objective():
    x, y, _ = chinchilla()
    fit = fit_law(x, y, law="joint", objective="huber")
    assert fit.certificate.certified
    assert fit.objective == pytest.approx(1.018274017801e-3, rel=1e-11)
    published = {"size_amplitude": 477.826, "size_exponent": 0.347310, "data_amplitude": 2143.417}
    published |= {"data_exponent": 0.367172, "floor": 1.817218}
    assert dict(fit.estimates) == pytest.approx(published, rel=2e-6)


def test_the_published_chinchilla_refit_is_the_optimum_of_absolute_residuals():
    # Besiroglu et al. 2024: A = 482.01, B = 2085.43, E = 1.8169 (1.81686), alpha = 0.3478, beta = 0.3658 (0.36585).
    x, y, _ = chinchilla()
    fit = fit_law(x, y, law="joint", objective="absolute")
    assert fit.estimates["size_amplitude"] == pytest.approx(482.01, abs=0.01)
    assert fit.estimates["data_amplitude"] == pytest.approx(2085.43, abs=0.01)
    assert fit.estimates["floor"] == pytest.approx(1.8169, abs=1e-4)
    assert fit.estimates["size_exponent"] == pytest.approx(0.3478, abs=1e-4)
    assert fit.estimates["data_exponent"] == pytest.approx(0.3658, abs=1e-4)


def test_five_rows_move_the_exponent_of_data():
    x, y, _ = chinchilla(rows=245)
    fit = fit_law(x, y, law="joint", objective="huber")
    assert fit.estimates["data_exponent"] == pytest.approx(0.4530, abs=1e-4)
    assert fit.estimates["data_amplitude"] == pytest.approx(12846, abs=1)


def test_chinchilla_least_squares_below_a_compute_budget():
    x, y, compute = chinchilla()
    kept = compute < 1e21
    x = {"size": x["size"][kept] / 1e6, "data": x["data"][kept] / 1e9}
    fit = fit_law(x, y[kept], law="joint", objective="additive")
    assert fit.points == 217
    assert fit.objective == pytest.approx(0.062414, abs=1e-6)
    expected = {"size_amplitude": 4.0005, "size_exponent": 0.3511, "data_amplitude": 1.0509}
    assert dict(fit.estimates) == pytest.approx(expected | {"data_exponent": 0.4587, "floor": 1.9051}, abs=1e-4)


@pytest.mark.parametrize(
    ("dataset", "floor", "exponent"),
    [("c4_original", 1.508261, 0.121236), ("rpj", 1.836648, 0.136425), ("rw_original", 1.734462, 0.127197)],
)
def test_overtraining_fits_of_five_small_runs(dataset, floor, exponent):
    table = public_table("gadre_overtraining/loss_table.csv")
    small = ["d=96_l=8_h=4", "d=512_l=8_h=4", "d=576_l=24_h=8", "d=1024_l=24_h=8"]
    chosen = (table["model"].isin(small) & (table["mult"] == 1)) | (
        (table["model"] == small[0]) & (table["mult"] == 16)
    )
    rows = table[chosen & (table["dataset"] == dataset)]
    fit = fit_law({"size": rows["N"], "data": rows["D"]}, rows["c4_val"], law="overtraining", objective="additive")
    assert fit.points == 5
    assert (fit.estimates["floor"], fit.estimates["exponent"]) == pytest.approx((floor, exponent), abs=1e-6)
    if dataset == "rpj":
        named = ["rpj-open_lm_1b-32.0", "rpj-open_lm_7b-1.0"]
        large = table.set_index("name").loc[named]
        errors = 100 * (fit.predict({"size": large["N"], "data": large["D"]}) / large["c4_val"].to_numpy() - 1)
        np.testing.assert_allclose(errors, [0.7103, 0.7320], atol=1e-4)


def test_the_constant_rate_curve_of_the_multi_power_law():
    table = public_table("multi_power_law_100M/constant_72000.csv")
    # The sum of learning rates, in units of the peak: half of each of the 2160 warm-up steps counts.
    fit = fit_law(table["step"] - 1080, table["loss"], objective="additive")
    assert fit.points == 546
    assert fit.estimates["floor"] == pytest.approx(2.7970, abs=1e-4)
    assert fit.estimates["exponent"] == pytest.approx(0.4561, abs=1e-4)
    slope = np.polyfit(np.log(table["step"] - 1080), np.log(table["loss"]), 1)[0]
    assert slope == pytest.approx(-0.0447, abs=1e-4)


@pytest.mark.parametrize("objective", ["huber", "additive", "relative"])
def test_a_table_like_that_of_chinchilla_gives_back_its_law(objective):
    truth = {"size_amplitude": 480.0, "size_exponent": 0.348, "data_amplitude": 2090.0}
    truth |= {"data_exponent": 0.366, "floor": 1.817}
    generator = np.random.default_rng(0)
    x = {"size": np.exp(generator.uniform(17.5, 23, 120)), "data": np.exp(generator.uniform(20, 26, 120))}
    y = LAWS["joint"].predict(truth, x)
    exact = fit_law(x, y, law="joint", objective=objective)
    assert dict(exact.estimates) == pytest.approx(truth, rel=1e-6)
    noisy = fit_law(x, y * np.exp(0.005 * generator.standard_normal(120)), law="joint", objective=objective)
    assert noisy.certificate.certified
    for name, value in truth.items():
        interval = noisy.intervals[name]
        middle, half = (interval.low + interval.high) / 2, (interval.high - interval.low) / 2
        assert abs(value - middle) < 2 * half


def test_five_runs_determine_an_overtraining_law_exactly():
    truth = {"data_rich_amplitude": 40.0, "data_poor_amplitude": 60.0, "exponent": 0.13, "floor": 1.6}
    size = np.array([1.06e7, 7.9e7, 1.54e8, 4.1e8, 1.06e7])
    x = {"size": size, "data": 20 * size * np.array([1, 1, 1, 1, 16])}
    fit = fit_law(x, LAWS["overtraining"].predict(truth, x), law="overtraining", objective="additive")
    assert dict(fit.estimates) == pytest.approx(truth, rel=1e-8)
