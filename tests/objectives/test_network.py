import pytest
import torch
from torch import nn
from torch.nn.utils import parametrize
from torch.testing import assert_close

from spectra.objectives.network import flatten


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(4, 5, bias=False)
        self.middle = nn.BatchNorm1d(5)
        self.again = self.embed

    def forward(self, inputs):
        return self.middle(self.again(inputs)) @ self.embed.weight


class TiedTensor(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.readout = nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False)
        self.readout.weight = self.embed.weight

    def forward(self, inputs):
        return self.readout(self.embed(inputs).tanh())


class Symmetric(nn.Module):
    def forward(self, matrix):
        return matrix + matrix.T


class Counting(nn.Module):
    """Writes to a buffer on which its outputs depend."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 4))
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, inputs):
        self.calls += 1
        return inputs @ self.weight * self.calls


class Summing(nn.Module):
    """Takes a mapping or a tuple."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 2))

    def forward(self, inputs):
        first, second = inputs.values() if isinstance(inputs, dict) else inputs
        return (first + second) @ self.weight


def state(module: nn.Module) -> dict[str, tuple[int, torch.Tensor]]:
    held = {**dict(module.named_parameters(remove_duplicate=False)), **dict(module.named_buffers())}
    return {name: (id(tensor), tensor.detach().clone()) for name, tensor in held.items()}


def test_the_flat_network_is_the_module():
    module = Tied().eval()
    weights, network = flatten(module)
    inputs = torch.randn(3, 4)
    assert weights.shape == (20 + 5 + 5,)  # the tied tensor counts once
    assert_close(network(weights, inputs), module(inputs))


@pytest.mark.parametrize("build", [Tied, TiedTensor])
def test_a_call_moves_every_tied_place_and_leaves_the_module_as_it_was(build):
    module = build().eval()
    weights, network = flatten(module)
    inputs = torch.randn(3, 4)
    before = module(inputs)
    shifted = network(weights + 1, inputs)
    assert_close(module(inputs), before, rtol=0, atol=0)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(1)
    assert_close(shifted, module(inputs))


@pytest.mark.parametrize("build", [Tied, TiedTensor, Counting])
@pytest.mark.parametrize("fails", [True, False])
def test_the_module_comes_back_unchanged_also_when_the_function_raises(build, fails):
    module = build().eval()
    weights, network = flatten(module)
    before = state(module)

    def function(held: nn.Module) -> float:
        assert held is module
        held(torch.ones(3, 4))
        return 1 / (0 if fails else 1)

    if fails:
        with pytest.raises(ZeroDivisionError):
            network.apply(weights + 1, function)
    else:
        network.apply(weights + 1, function)
    after = state(module)
    assert {name: key for name, (key, _) in after.items()} == {name: key for name, (key, _) in before.items()}
    for name, (_, tensor) in after.items():
        assert_close(tensor, before[name][1], rtol=0, atol=0)


def test_any_function_of_the_module_sees_the_weights():
    weights, network = flatten(TiedTensor())
    total = network.apply(weights.requires_grad_(), lambda module: sum(p.square().sum() for p in module.parameters()))
    assert_close(torch.autograd.grad(total, weights)[0], 2 * weights)


def test_parametrized_weights_are_those_before_the_parametrization():
    module = nn.Linear(4, 4)
    parametrize.register_parametrization(module, "weight", Symmetric())
    weights, network = flatten(module)
    inputs = torch.randn(3, 4)
    assert list(network.shapes) == ["bias", "parametrizations.weight.original"]
    assert_close(network(weights, inputs), module(inputs), rtol=0, atol=0)
    named = network.named(2 * weights)
    whole = named["parametrizations.weight.original"]
    assert_close(network(2 * weights, inputs), inputs @ (whole + whole.T) + named["bias"])


def test_inputs_that_are_not_one_tensor_reach_the_module_as_its_argument():
    module = Summing()
    weights, network = flatten(module)
    pair = torch.randn(3, 4), torch.randn(3, 4)
    assert_close(network(weights, pair), sum(pair) @ module.weight)
    assert_close(network(weights, {"left": pair[0], "right": pair[1]}), sum(pair) @ module.weight)


def test_every_call_starts_from_the_buffers_of_the_snapshot():
    module = Counting()
    weights, network = flatten(module)
    inputs = torch.randn(3, 4)
    for _ in range(2):
        assert_close(network(weights, inputs), inputs @ module.weight, rtol=0, atol=0)
    assert float(module.calls) == 0


def test_flat_is_the_inverse_of_named():
    weights, network = flatten(Tied().eval())
    assert_close(network.flat(network.named(weights)), weights, rtol=0, atol=0)


def test_weights_are_a_snapshot_and_buffers_are_frozen():
    module = Tied().eval()
    weights, network = flatten(module)
    inputs = torch.randn(3, 4)
    before = network(weights, inputs)
    with torch.no_grad():
        module.embed.weight.add_(1)
        module.middle.running_mean.add_(1)
    assert_close(network(weights, inputs), before, rtol=0, atol=0)


def test_weights_of_a_single_parameter_are_a_snapshot_too():
    module = nn.Linear(3, 1, bias=False)
    weights, _ = flatten(module)
    before = weights.clone()
    with torch.no_grad():
        module.weight.zero_()
    assert_close(weights, before, rtol=0, atol=0)


def test_frozen_parameters_are_left_out():
    module = nn.Sequential(nn.Linear(4, 5), nn.Linear(5, 2))
    module[0].requires_grad_(False)
    weights, _ = flatten(module)
    assert weights.shape == (12,)


def test_parallel_and_compiled_wrappers_are_opened():
    module = nn.Sequential(nn.Linear(4, 3), nn.Tanh())
    wrapped = nn.DataParallel(torch.compile(module, backend="aot_eager"))
    weights, network = flatten(wrapped)
    assert list(network.shapes) == ["0.weight", "0.bias"]
    inputs = torch.randn(2, 4)
    assert_close(network(weights, inputs), module(inputs))


@pytest.mark.parametrize("whole", [True, False])
def test_compiled_modules_have_their_second_derivatives(whole):
    module = nn.Sequential(nn.Linear(2, 2), nn.Tanh())
    weights, network = flatten(module)
    inputs = torch.randn(3, 2)
    expected = torch.autograd.functional.hessian(lambda w: network(w, inputs).square().sum(), weights)
    if whole:
        module.compile(backend="aot_eager")
    else:
        module[0] = torch.compile(module[0], backend="aot_eager")
    weights, network = flatten(module)
    measured = torch.autograd.functional.hessian(lambda w: network(w, inputs).square().sum(), weights)
    assert_close(measured, expected)


def test_a_parallel_wrapper_inside_the_module_is_refused():
    module = nn.Sequential(nn.Linear(2, 2), nn.DataParallel(nn.Linear(2, 2)))
    with pytest.raises(ValueError, match=r"1 \(DataParallel\).*1\.module"):
        flatten(module)


def test_a_module_without_trainable_weights_is_refused():
    with pytest.raises(ValueError, match="requires a gradient"):
        flatten(nn.Linear(2, 2).requires_grad_(False))


def test_weights_of_two_kinds_are_refused():
    with pytest.raises(ValueError, match="several kinds"):
        flatten(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2).float()))


def test_complex_weights_are_refused():
    with pytest.raises(ValueError, match="real ones"):
        flatten(nn.Linear(2, 2, dtype=torch.complex128))


def test_frozen_integer_parameters_are_constants():
    module = nn.Linear(2, 2)
    module.scale = nn.Parameter(torch.tensor(3), requires_grad=False)
    _, network = flatten(module)
    assert network.constants == {"scale": torch.tensor(3)}


@pytest.mark.parametrize("layer", [nn.BatchNorm1d(2), nn.Dropout(0.1), nn.RReLU()])
def test_layers_whose_loss_is_no_function_of_the_weights_are_refused(layer):
    module = nn.Sequential(nn.Linear(2, 2), layer)
    with pytest.raises(ValueError, match=r"module\.eval\(\)"):
        flatten(module)
    weights, network = flatten(module.eval())
    module.train()  # a mode that comes back later is seen as well
    with pytest.raises(ValueError, match=r"module\.eval\(\)"):
        network(weights, torch.zeros(3, 2))


def test_statistics_of_the_batch_are_refused_also_in_evaluation_mode():
    module = nn.Sequential(nn.Linear(4, 2), nn.BatchNorm1d(2, track_running_stats=False)).eval()
    with pytest.raises(ValueError, match="batch normalization of 1 keeps no statistics"):
        flatten(module)


class Masked(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)

    def forward(self, inputs):
        return nn.functional.dropout(self.layer(inputs), 0.5, self.training)


def test_chance_inside_a_forward_pass_is_refused():
    module = Masked()
    weights, network = flatten(module)
    state = torch.get_rng_state()
    with pytest.raises(ValueError, match="draws random numbers"):
        network(weights, torch.ones(3, 2))
    assert torch.equal(torch.get_rng_state(), state)
    module.eval()
    assert_close(network(weights, torch.ones(3, 2)), module(torch.ones(3, 2)))


def test_weights_of_another_size_are_refused():
    weights, network = flatten(nn.Linear(2, 2))
    with pytest.raises(ValueError, match=r"needs \(6,\)"):
        network(weights[:-1], torch.zeros(3, 2))


def test_a_missing_name_is_refused():
    _, network = flatten(nn.Linear(2, 2))
    with pytest.raises(ValueError, match="bias"):
        network.flat({"weight": torch.zeros(2, 2)})


@pytest.mark.parametrize(
    ("module", "error", "message"),
    [
        (nn.utils.parametrizations.spectral_norm(nn.Linear(3, 2)), ValueError, "_SpectralNorm.*eval"),
        (nn.utils.spectral_norm(nn.Linear(3, 2)), ValueError, "eval"),
        (nn.Sequential(nn.Embedding(3, 2, sparse=True)), ValueError, "embedding 0 has sparse"),
        (nn.Sequential(nn.Embedding(3, 2, max_norm=1.0)), ValueError, "max_norm=None"),
        ({"weight": torch.ones(2)}, TypeError, "a dict was given"),
        (nn.ParameterDict({"edges": nn.Parameter(torch.eye(2).to_sparse())}), ValueError, "edges are sparse"),
        (nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2).half()), ValueError, r"module\.float\(\)"),
    ],
)
def test_modules_without_a_second_derivative_are_refused(module, error, message):
    with pytest.raises(error, match=message):
        flatten(module)


@pytest.mark.filterwarnings("ignore:Lazy modules")
def test_lazy_layers_are_refused():
    with pytest.raises(ValueError, match="lazy layers"):
        flatten(nn.LazyLinear(2))


@pytest.mark.parametrize("part", ["0", "1", ""])
def test_modules_without_numbers_are_refused(part):
    module = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)).eval().requires_grad_(False)
    module[0].requires_grad_()
    module.get_submodule(part).to("meta")
    with pytest.raises(ValueError, match="meta device"):
        flatten(module)


@pytest.mark.parametrize("weights", [[1.0] * 8, torch.ones(8, dtype=torch.int64)])
def test_weights_must_be_real_numbers(weights):
    _, network = flatten(nn.Linear(3, 2))
    with pytest.raises(TypeError, match="vector of real numbers"):
        network(weights, torch.ones(1, 3))
