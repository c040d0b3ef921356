"""A grid of runs measures everything, or what it names."""

import pytest

from spectra.sweeps import read_experiment
from tests.sweeps.written_recipe import recipe, refusal

SWEEP = "[sweep]\n"
OTHER_RATES = """\
[[sweep]]
regime = ["mup", "ntk_matched"]
width = [32, 64]
rate = [2]
seed = [1, 2, 3]
measurements = ["loss"]
[judge]
"""


def two_grids(folder, changed=("", "")):
    path = recipe(folder, SWEEP, "[[sweep]]\n")
    text = path.read_text(encoding="utf-8").replace("[judge]\n", OTHER_RATES)
    assert changed[0] in text
    path.write_text(text.replace(*changed), encoding="utf-8")
    return path


def test_a_grid_that_names_quantities_measures_no_others(tmp_path):
    specs = read_experiment(two_grids(tmp_path)).specs
    quantities = {spec.optimizer.rate: [m.quantity for m in spec.measurements] for spec in specs}
    assert quantities == {0.25: ["loss", "effective_sharpness"], 1.0: ["loss", "effective_sharpness"], 2.0: ["loss"]}
    whole = {spec.identity for spec in read_experiment(recipe(tmp_path)).specs}
    assert whole < {spec.identity for spec in specs}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ('"loss"', "must be a list of quantities"),
        ("[]", "must be a list of quantities"),
        ('["los"]', "'los' is not measured"),
    ],
)
def test_a_grid_must_name_measured_quantities(tmp_path, given, told):
    message = refusal(two_grids(tmp_path, ('measurements = ["loss"]', f"measurements = {given}")))
    assert "sweep[1].measurements" in message
    assert told in message.replace('"', "'")


def test_what_is_judged_must_be_measured_at_the_judged_rate(tmp_path):
    message = refusal(two_grids(tmp_path, ("[judge]\nrate = 0.25", "[judge]\nrate = 2")))
    assert "judge.quantities" in message
    assert "effective_sharpness" in message
    assert "rate 2" in message
