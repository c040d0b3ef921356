import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra.objectives import Objective, cross_entropy, flatten
from spectra.operators import hessian, restricted


def layered():
    weights, network = flatten(nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)))
    batch = torch.randn(6, 3), torch.randint(2, (6,))
    return hessian(Objective(network, cross_entropy, [batch]), weights), network


@pytest.mark.parametrize(
    ("names", "places"),
    [
        ("0.*", range(16)),
        ("2.weight", range(16, 24)),
        (["0.bias", "2.bias"], [12, 13, 14, 15, 24, 25]),
        ("*", range(26)),
    ],
)
def test_a_block_is_the_rows_and_columns_of_its_parameters(names, places):
    operator, network = layered()
    index = torch.tensor(list(places))
    assert_close(restricted(operator, network, names).dense(), operator.dense()[index][:, index])


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ("1.weight", "the names '1.weight' match no parameter"),
        ([], "no names were given"),
        (["0.*", "readout"], "the names 'readout' match no parameter"),
    ],
)
def test_names_that_match_nothing_are_refused(names, told):
    operator, network = layered()
    with pytest.raises(ValueError, match=rf"{told}; there are 0\.weight, 0\.bias, 2\.weight, 2\.bias"):
        restricted(operator, network, names)


def test_an_operator_of_another_network_is_refused():
    operator, _ = layered()
    _, other = flatten(nn.Linear(2, 2))
    with pytest.raises(ValueError, match="6 weights"):
        restricted(operator, other, "*")
