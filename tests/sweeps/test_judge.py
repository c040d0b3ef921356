"""What a recipe may ask its report to judge."""

import pytest

from spectra.sweeps import read_experiment
from tests.sweeps.written_recipe import recipe, refusal

WHOLE = """
quantities = ["loss", "effective_sharpness"]
criterion = "final_log_loss"
"""


def judge(folder, section):
    return read_experiment(recipe(folder, "[judge]\nrate = 0.25\n", f"[judge]\n{section}")).judge


def test_several_quantities_rates_and_indices_are_read_as_written(tmp_path):
    found = judge(tmp_path, f"rate = [0.25, 1]\nindex = [0, 2]{WHOLE}")
    assert found.judged == (("loss", 0), ("effective_sharpness", 2))
    assert (found.rate, found.criterion, found.scale) == ((0.25, 1), "final_log_loss", "width")


def test_one_value_stands_for_a_list(tmp_path):
    assert judge(tmp_path, f"rate = 0.25\nindex = 1{WHOLE}").judged == (("loss", 1), ("effective_sharpness", 1))
    assert judge(tmp_path, 'rate = 0.25\nquantity = "loss"').judged == (("loss", 0),)
    assert judge(tmp_path, 'rate = 0.25\nquantity = "loss"\nasks = "transfer"').asks == ("transfer",)
    assert judge(tmp_path, 'rate = 0.25\nquantity = "loss"').asks == ()


@pytest.mark.parametrize(
    ("section", "parts"),
    [
        ("rate = '0.25'", ["judge.rate: ", "'0.25' was given"]),
        ("rate = [0.25, -1]", ["judge.rate[1]: ", "-1 was given"]),
        ("rate = []", ["judge.rate: ", "[] was given"]),
        ("rate = [0.25, 2]", ["judge.rate: 2.0 is none of the rates 0.25, 1; the nearest is 1"]),
        ("rate = 0.25\nquantity = 3", ["judge.quantity: ", "3 was given"]),
        ("rate = 0.25\nquantity = 'loss'\nquantities = ['loss']", ["judge.quantity: is given beside quantities"]),
        ("rate = 0.25\nquantities = ['loss', 'los']", ["judge.quantities: 'los' is not measured", "did you mean"]),
        (
            "rate = 0.25\nquantities = ['loss', 'loss']",
            ["judge.quantities: 'loss' stands there twice with the index 0"],
        ),
        ("rate = 0.25\nindex = [0, 1]", ["judge.index: has 2 numbers for 1 quantities"]),
        ("rate = 0.25\nindex = -1", ["judge.index: ", "-1 was given"]),
        ("rate = 0.25\nasks = ['rates']", ["judge.asks", "'rates' was given"]),
        ("rate = 0.25\ncriterion = 'final'", ["judge.criterion: ", "'final' was given"]),
    ],
)
def test_a_wrong_judge_is_refused_at_its_place(section, parts, tmp_path):
    said = refusal(recipe(tmp_path, "[judge]\nrate = 0.25\n", f"[judge]\n{section}"))
    assert all(part in said for part in parts), said
