import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra.features import gram_rtol, input_jacobians, jacobian_ranks, numerical_rank, perturbed_ranks

RANK = 5


def bottleneck():
    return nn.Sequential(nn.Linear(20, 30), nn.Linear(30, RANK), nn.Linear(RANK, 25), nn.Linear(25, 15))


def deep(width=20, depth=6):
    parts = [part for _ in range(depth) for part in (nn.Linear(width, width), nn.ReLU(inplace=True))]
    return nn.Sequential(*parts)


def test_a_linear_bottleneck_limits_the_rank_of_all_later_layers():
    layers = ["0", "1", "2", "3"]
    for ranks in (
        jacobian_ranks(bottleneck(), torch.randn(3, 20), layers),
        perturbed_ranks(bottleneck(), torch.randn(3, 20), layers, copies=100),
    ):
        assert {name: found.tolist() for name, found in ranks.items()} == {
            "0": [20] * 3,
            "1": [RANK] * 3,
            "2": [RANK] * 3,
            "3": [RANK] * 3,
        }


def test_ranks_do_not_depend_on_the_default_device():
    module, inputs = bottleneck(), torch.randn(3, 20)
    for measure in (jacobian_ranks, perturbed_ranks):
        expected = measure(module, inputs, ["2"])
        with torch.device("meta"):
            assert_close(measure(module, inputs, ["2"]), expected)


def test_the_jacobian_of_a_layer_is_that_of_automatic_differentiation():
    module, example = deep(6, 3), torch.randn(6)
    found = input_jacobians(module, example, ["1", "5"])
    assert_close(found["5"], torch.autograd.functional.jacobian(lambda x: module(x[None])[0], example))
    assert_close(found["1"], (module[0](example) > 0)[:, None] * module[0].weight)


def test_the_rank_never_grows_with_the_depth_and_is_that_of_the_open_units():
    module, layers = deep(), [str(place) for place in range(12)]
    inputs = torch.randn(8, 20)
    ranks = torch.stack(list(jacobian_ranks(module, inputs, layers).values()))
    assert bool((ranks.diff(dim=0) <= 0).all())
    assert_close(ranks[1], (module[0](inputs) > 0).sum(1))
    assert int(ranks[-1].max()) < 10


def test_free_places_bound_the_rank():
    module = nn.Sequential(nn.Flatten(), nn.Linear(36, 30))
    free = torch.zeros(1, 6, 6, dtype=torch.bool)
    free[:, 2:4, 2:4] = True
    inputs = torch.randn(2, 1, 6, 6)
    assert jacobian_ranks(module, inputs, ["1"], free=free)["1"].tolist() == [4, 4]
    whole = input_jacobians(module, inputs[0], ["1"])["1"]
    assert_close(input_jacobians(module, inputs[0], ["1"], free=free)["1"], whole[:, free.flatten()])


def test_single_precision_has_another_rank_than_double_and_a_gram_matrix_a_third():
    module = nn.Sequential(nn.Linear(4, 4, bias=False)).float()
    module[0].weight.data = torch.diag(torch.tensor([1.0, 1e-2, 1e-5, 1e-11])).float()
    inputs = torch.ones(1, 4, dtype=torch.float32)
    assert jacobian_ranks(module, inputs, ["0"])["0"].tolist() == [3]
    assert jacobian_ranks(module, inputs, ["0"], precision=torch.float64)["0"].tolist() == [4]
    assert jacobian_ranks(module, inputs, ["0"], rtol=gram_rtol(5000))["0"].tolist() == [1]
    shaken = perturbed_ranks(module, inputs, ["0"], copies=500, precision=torch.float64)
    assert shaken["0"].tolist() == [4]
    assert module[0].weight.dtype == torch.float32


def test_a_threshold_on_squares_is_the_root_of_one_on_singular_values():
    values = torch.logspace(0, -6, 40)
    matrix = torch.linalg.qr(torch.randn(60, 40)).Q * values
    size, unit = 60, torch.finfo(torch.float32).eps
    squares = torch.linalg.svdvals(matrix @ matrix.T)
    assert numerical_rank(matrix, rtol=gram_rtol(size)) == int((squares > size * unit * squares[0]).sum())
    assert numerical_rank(matrix, rtol=size * unit) > numerical_rank(matrix, rtol=gram_rtol(size))
    assert numerical_rank(torch.zeros(3, 2)) == 0


def test_features_that_do_not_move_have_no_rank():
    module = nn.Sequential(nn.Linear(6, 7))
    module[0].weight.data.zero_()
    module[0].bias.data.fill_(0.1)  # the mean of its copies is off by rounding
    for rtol in (None, 0.01):
        assert perturbed_ranks(module, torch.randn(2, 6), ["0"], copies=300, rtol=rtol)["0"].tolist() == [0, 0]


def test_noise_reaches_as_far_as_its_deviation_and_small_directions_as_the_tolerance():
    module = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
    module[0].weight.data = torch.diag(torch.tensor([1.0, 1e-1, 1e-2, 1e-3]))
    module[0].bias.data = torch.tensor([0.0, -1e-3, 0, 0])  # the second unit opens only for noise beyond 0.01
    for deviation, rtol, rank in ((1e-3, None, 3), (1.0, None, 4), (1e-3, 3e-3, 2), (1.0, 3e-2, 2)):
        found = perturbed_ranks(module, torch.zeros(1, 4), ["1"], copies=300, deviation=deviation, rtol=rtol)
        assert found["1"].tolist() == [rank]


def test_module_and_inputs_come_to_one_precision():
    module, inputs = nn.Sequential(nn.Linear(4, 4).float()), torch.randn(2, 4)
    assert jacobian_ranks(module, inputs, ["0"], precision=torch.float64)["0"].tolist() == [4, 4]
    assert module[0].weight.dtype == torch.float32


def test_a_relative_tolerance_lets_the_counted_rank_grow():
    module = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False))
    module[0].weight.data, module[1].weight.data = (
        torch.diag(torch.tensor([1, 1e-3])),
        torch.diag(torch.tensor([1e-3, 1])),
    )
    counted = jacobian_ranks(module, torch.ones(1, 2), ["0", "1"], rtol=1e-2)
    assert [int(rank) for rank in counted.values()] == [1, 2]
    assert [int(rank) for rank in jacobian_ranks(module, torch.ones(1, 2), ["0", "1"]).values()] == [2, 2]


@pytest.mark.parametrize("measure", [jacobian_ranks, perturbed_ranks])
def test_layers_come_in_a_list(measure):
    module, inputs = bottleneck(), torch.randn(1, 20)
    for layers, message in (("01", r"string '01' .*\['01'\]"), (None, "a NoneType was given in place of layers")):
        with pytest.raises(TypeError, match=message):
            measure(module, inputs, layers)
    with pytest.raises(ValueError, match="layers are empty; pass the name of one or more of 0, 1, 2, 3"):
        measure(module, inputs, [])


@pytest.mark.parametrize("measure", [jacobian_ranks, perturbed_ranks])
@pytest.mark.parametrize("precision", [None, torch.float64])
def test_a_function_has_no_layers(measure, precision):
    with pytest.raises(TypeError, match="a function was given; pass an nn"):
        measure(lambda inputs: inputs, torch.randn(1, 20), ["0"], precision=precision)


def test_what_has_no_rank_is_refused():
    module = nn.Sequential(nn.Linear(4, 4))
    with pytest.raises(ValueError, match="cannot change a little"):
        jacobian_ranks(module, torch.ones(2, 4, dtype=torch.int64), ["0"])
    with pytest.raises(ValueError, match=r"of an example, \(4,\)"):
        jacobian_ranks(module, torch.ones(2, 4), ["0"], free=torch.ones(3, dtype=torch.bool))
    with pytest.raises(ValueError, match="has no layer 3"):
        perturbed_ranks(module, torch.ones(2, 4), ["3"], copies=10)
    with pytest.raises(ValueError, match="a deviation of 0"):
        perturbed_ranks(module, torch.ones(2, 4), ["0"], copies=10, deviation=0.0)
    with pytest.raises(ValueError, match="copies is 1"):
        perturbed_ranks(module, torch.ones(2, 4), ["0"], copies=1)
    with pytest.raises(ValueError, match="rtol is 2"):
        perturbed_ranks(module, torch.ones(2, 4), ["0"], copies=10, rtol=2)
    with pytest.raises(ValueError, match="not finite"):
        perturbed_ranks(module, torch.full((2, 4), torch.inf), ["0"], copies=10)
    with pytest.raises(ValueError, match="8 of the 8 numbers of the inputs are not finite"):
        jacobian_ranks(module, torch.full((2, 4), torch.nan), ["0"])
    with pytest.raises(ValueError, match="4 of the 4 numbers of the inputs are not finite"):
        input_jacobians(module, torch.full((4,), torch.nan), ["0"])
    with pytest.raises(ValueError, match=r"inputs are torch\.float32 .* the weights torch\.float64"):
        jacobian_ranks(module, torch.ones(2, 4).float(), ["0"])
    with pytest.raises(ValueError, match=r"cannot read the first example, .*\(1, 3\)"):
        jacobian_ranks(module, torch.ones(2, 3), ["0"])
    with pytest.raises(ValueError, match="rtol is 2"):
        numerical_rank(torch.eye(3), rtol=2)
    with pytest.raises(ValueError, match="not finite has no rank"):
        numerical_rank(torch.full((2, 2), torch.nan))
    with pytest.raises(TypeError, match="a list was given"):
        numerical_rank([[1.0]])
    with pytest.raises(ValueError, match="a real matrix"):
        numerical_rank(torch.ones(3))
    with pytest.raises(ValueError, match="the threshold"):
        gram_rtol(10**8)
