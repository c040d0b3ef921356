import numpy as np
import pandas as pd
import pytest

from spectra.verdicts import collapse

WIDTHS = (32, 64, 128, 256)


def losses(*, seeds=8, shape=0.0, offset=0.05, jitter=0.005, floor=0.0, points=20, lengths=(100,) * 4, seed=0):
    """Power laws in the share of training, an offset per run; `shape` is the rise of the exponent per doubling."""
    generator, rows = np.random.default_rng(seed), []
    for place, (width, length) in enumerate(zip(WIDTHS, lengths, strict=True)):
        time = np.linspace(0.05, 1, points)
        for run_seed in range(seeds):
            noise = offset * generator.standard_normal() + jitter * generator.standard_normal(points)
            values = floor + np.exp(-(0.5 + shape * place) * np.log(time) + noise)
            settings = {"width": width, "seed": run_seed, "run": f"{width}-{run_seed}", "index": 0}
            rows += [
                {**settings, "step": round(length * x), "quantity": "loss", "value": value}
                for x, value in zip(time, values, strict=True)
            ]
            rows.append({**settings, "step": length, "quantity": "diverged", "value": 0.0})
    return pd.DataFrame(rows)


def test_curves_that_differ_by_a_factor_collapse_below_the_noise():
    result = collapse(losses())
    assert result.verdict == "supercollapse"
    assert result.share == 1.0
    assert "shown to spread less at 10 of 10 times" in result.sentence


def test_curves_of_different_shape_do_not_collapse():
    result = collapse(losses(shape=0.3))
    assert result.verdict == "no supercollapse"
    assert result.share < 1


def test_noise_that_is_new_at_every_step_leaves_the_question_open():
    assert collapse(losses(offset=0.0, jitter=0.05)).verdict != "supercollapse"


def test_deviation_and_noise_are_those_of_their_definition():
    table = losses(seeds=3)
    result = collapse(table)
    wide = table[table["quantity"] == "loss"].pivot(index="step", columns=["width", "seed"], values="value")
    curves = wide / wide.iloc[-1]
    np.testing.assert_allclose(result.by_time["deviation"], curves.std(axis=1) / curves.mean(axis=1), atol=1e-12)
    relative = wide.T.groupby(level="width").std().T / wide.T.groupby(level="width").mean().T
    np.testing.assert_allclose(result.by_time["noise"], np.sqrt(np.square(relative).mean(axis=1)))


def test_a_floor_is_taken_off_and_must_be_below_all_losses():
    plain, lifted = collapse(losses()), collapse(losses(floor=1.0), floor=1.0)
    np.testing.assert_allclose(plain.by_time["deviation"], lifted.by_time["deviation"], atol=1e-12)
    with pytest.raises(ValueError, match="is not above the floor"):
        collapse(losses(), floor=2.0)


def test_trainings_of_different_length_are_compared_at_equal_shares():
    same, longer = collapse(losses()), collapse(losses(lengths=(100, 200, 400, 800)))
    assert longer.verdict == same.verdict
    np.testing.assert_allclose(longer.by_time["time"], same.by_time["time"])
    np.testing.assert_allclose(longer.by_time["deviation"], same.by_time["deviation"], atol=1e-3)


def test_seeds_are_dropped_whole_and_too_few_are_inconclusive():
    table = losses(seeds=4)
    result = collapse(table[table["run"] != "64-1"])
    assert result.seeds == (0, 2, 3)
    assert collapse(losses(seeds=2)).verdict == "inconclusive"
    assert collapse(losses()[lambda rows: rows["width"] == 64]).verdict == "inconclusive"


def test_runs_that_diverged_forbid_the_word():
    table = losses()
    end = (table["run"] == "64-1") & (table["quantity"] == "diverged")
    result = collapse(table.assign(value=table["value"].mask(end, 1.0)))
    assert result.verdict == "inconclusive"
    assert "1 run diverged" in result.sentence


def test_runs_of_one_size_that_end_at_different_steps_are_refused():
    table = losses()
    with pytest.raises(ValueError, match="end at different steps"):
        collapse(table[(table["run"] != "64-1") | (table["step"] <= 50) | (table["quantity"] == "diverged")])


@pytest.mark.parametrize("options", [{"level": 90}, {"start": 1.0}, {"start": "0"}, {"floor": None}])
def test_options_out_of_range_are_refused(options):
    with pytest.raises(ValueError, match="was given"):
        collapse(losses(seeds=3), **options)


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [3, 5, 16])
def test_a_spread_as_large_as_the_noise_is_called_smaller_in_at_most_one_of_twenty_cases(seeds):
    # Without an offset between runs the normalised curves scatter twice: a seed's noise now and at its end. Both words
    # are judged at one time, in the middle, where the true ratio is known from many seeds.
    one = {"offset": 0.0, "jitter": 0.05, "points": 5}
    truth = collapse(losses(seeds=3000, **one)).by_time["ratio"].iloc[2]
    tables = [collapse(losses(seeds=seeds, seed=number, **one)).by_time.iloc[2] for number in range(300)]
    assert sum(row["high"] < truth for row in tables) <= 26
    assert sum(row["low"] > truth for row in tables) <= 26


def test_a_time_at_which_all_losses_are_equal_has_no_ratio():
    table = losses()
    start = (table["step"] == table["step"].min()) & (table["quantity"] == "loss")
    result = collapse(table.assign(value=table["value"].mask(start, 2.3)))
    assert result.by_time["ratio"].isna().tolist() == [True, *[False] * 18, True]
    assert result.verdict == "supercollapse"


def test_copies_of_a_seed_have_no_ratio_and_no_nan():
    one = losses(seeds=1)
    copies = [one.assign(seed=seed, run=one["run"] + f" {seed}") for seed in range(4)]
    found = collapse(pd.concat(copies))
    assert found.verdict == "inconclusive"
    assert "known at none of the judged times" in found.sentence


@pytest.mark.parametrize("floor", [np.nan, -np.inf])
def test_a_floor_is_a_number(floor):
    with pytest.raises(ValueError, match="a floor of"):
        collapse(losses(), floor=floor)


def test_two_checkpoints_are_no_curve():
    with pytest.raises(ValueError, match="some width has 2 checkpoints of loss, and a curve needs three"):
        collapse(losses(points=2))
