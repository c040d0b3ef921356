"""Our muP against the mup package (Yang et al. 2022), parameter by parameter, up to shifts."""

import json
from pathlib import Path

import pytest

from spectra.scaling import CATALOG, Size, parameter_groups, regime, roles, scaled_parameters
from tests.scaling.mup_networks import BASE, NETWORKS, RATIOS, WIDER, package_values

STORED = json.loads(Path(__file__).with_name("mup_values.json").read_text())


def ours(kind: str, ratio: int, name: str = "mup") -> dict[str, dict[str, float]]:
    """The same numbers from the regime on the same module, by `roles` and absorbed multipliers."""
    size, table = Size(BASE.width * ratio, 1), roles(NETWORKS[kind], BASE, WIDER)
    model = NETWORKS[kind](size)
    found = {parameter: {} for parameter in table.rows}
    for family in ("sgd", "adam"):
        plain = regime(name, optimizer=family, base=BASE)
        for parameter, scaled in scaled_parameters(model, plain, size, roles=table).items():
            base = table.rows[parameter].deviation
            found[parameter]["scale"] = scaled.deviation / base if base else 1.0
        for group in parameter_groups(model, plain, size, rate=1.0, decay=1.0, roles=table):
            for parameter in group["names"]:
                found[parameter][family] = group["lr"]
                if family == "adam":
                    found[parameter]["adam_decay"] = group["lr"] * group["weight_decay"]
    return found


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize("name", ["mup", "mean_field", "spectral"])
def test_scales_and_rates_agree_with_the_package(name, kind, ratio):
    theirs = STORED[f"{kind} {ratio}"]
    mine = ours(kind, ratio, name)
    assert mine.keys() == theirs.keys()
    for parameter, values in theirs.items():
        assert mine[parameter] == pytest.approx(values, rel=1e-6), parameter


@pytest.mark.parametrize("name", sorted(set(CATALOG) - {"mup", "mean_field", "spectral", "depth_mup", "completep"}))
def test_other_regimes_do_not(name):
    assert ours("perceptron", 4, name)["readout.weight"] != pytest.approx(STORED["perceptron 4"]["readout.weight"])


def test_the_stored_values_are_those_of_the_package():
    pytest.importorskip("mup", reason="the package is not installed; pip install 'spectra-scaling[bench]'")
    live = package_values()
    assert live.keys() == STORED.keys()
    for case, parameters in STORED.items():
        for parameter, values in parameters.items():
            assert live[case][parameter] == pytest.approx(values, rel=1e-5), (case, parameter)
