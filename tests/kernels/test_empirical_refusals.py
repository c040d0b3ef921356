"""What has no tangent kernel, or would have a wrong one, is refused with the reason."""

import pytest
import torch
from torch import nn

from spectra.kernels.empirical import empirical_ntk, kernel_routes
from spectra.kernels.layer_factors import plain_passes
from tests.kernels.called import Called
from tests.kernels.zoo import sequences, vectors
from tests.kernels.zoo_of_layers import convolutions, mlp
from tests.kernels.zoo_of_uses import raw


def test_batches_that_couple_examples():
    with pytest.raises(ValueError, match="BatchNorm1d"):
        empirical_ntk(nn.Sequential(nn.Linear(6, 4), nn.BatchNorm1d(4)), vectors())
    with pytest.raises(ValueError, match="Dropout"):
        empirical_ntk(nn.Sequential(nn.Linear(6, 4), nn.Dropout(0.5)), vectors())
    contrasting = Called(lambda self, inputs: self.first(inputs) - self.first(inputs).mean(0), first=nn.Linear(6, 4))
    with pytest.raises(ValueError, match="couples examples"):
        empirical_ntk(contrasting, vectors())


def test_chance_that_no_layer_tells_of():
    noisy = Called(lambda self, inputs: self.first(inputs + torch.randn_like(inputs)), first=nn.Linear(6, 4))
    with pytest.raises(ValueError, match=r"couples examples|random numbers"):
        empirical_ntk(noisy, vectors())


def test_inputs_that_are_changed_in_place():
    with pytest.raises(ValueError, match="in place"):
        empirical_ntk(nn.Sequential(nn.ReLU(inplace=True), nn.Linear(6, 4)), vectors())

    def forward(self, inputs):
        inner = self.first(inputs)
        outputs = self.second(inner)
        inner.add_(1)
        return outputs + inner

    with pytest.raises(ValueError, match="in place"):
        empirical_ntk(Called(forward, first=nn.Linear(6, 6), second=nn.Linear(6, 6)), vectors())


@pytest.mark.parametrize("method", ["gram", "jacobian"])
def test_parameters_that_a_method_does_not_cover_are_named_with_the_reason(method):
    with pytest.raises(ValueError, match=f'method="{method}" does not cover first'):
        empirical_ntk(
            raw() if method == "gram" else Called(_looking, first=nn.Linear(6, 2)), sequences(), method=method
        )


def _looking(self, inputs):
    outputs = self.first(inputs).mean(1)
    return outputs if outputs.sum().item() < 1e9 else -outputs


def test_examples_that_are_treated_otherwise_than_the_first_two():
    def forward(self, inputs):
        outputs, large = self.first(inputs), inputs.amax(1) > 100
        return outputs.index_put((large,), self.second(inputs[large])) if large.any() else outputs

    module = Called(forward, first=nn.Linear(6, 6), second=nn.Linear(6, 6))
    inputs = vectors()
    inputs[4] += 1000
    with pytest.raises(ValueError, match='method="loop"'):
        empirical_ntk(module, inputs)


def test_unfit_inputs():
    module = mlp()
    for inputs in (vectors().float(), torch.zeros(0, 6)):
        with pytest.raises(ValueError, match=r"float32|at least one example"):
            empirical_ntk(module, inputs)
    with pytest.raises(ValueError, match="meta"):
        empirical_ntk(module, vectors(), vectors().to("meta"))
    with pytest.raises(TypeError, match="list"):
        empirical_ntk(module, [[1.0] * 6])


def test_unfit_outputs():
    with pytest.raises(ValueError, match="0 to 2"):
        empirical_ntk(mlp(), vectors(), outputs=3)
    with pytest.raises(ValueError, match="'diagonal'"):
        empirical_ntk(mlp(), vectors(), outputs="sum")
    with pytest.raises(ValueError, match=r"\(1, 4, 2\)"):
        empirical_ntk(nn.Linear(6, 2), sequences())
    with pytest.raises(TypeError, match="tuple"):
        empirical_ntk(nn.GRU(6, 2, batch_first=True), sequences())


def test_unfit_weights_tiles_and_methods():
    module, inputs = nn.Linear(6, 2), vectors()
    for weights in (
        torch.ones(13),
        {"weight": 1.0},
        {"weight": 1.0, "bias": -1.0},
        {"weight": torch.rand(3), "bias": 1},
    ):
        with pytest.raises(ValueError, match="parameter weights"):
            empirical_ntk(module, inputs, weights=weights)
    with pytest.raises(ValueError, match="tile is 0"):
        empirical_ntk(module, inputs, tile=0)
    with pytest.raises(ValueError, match="'auto', 'gram'"):
        empirical_ntk(module, inputs, method="hooks")


def test_modules_without_a_kernel():
    with pytest.raises(ValueError, match="requires a gradient"):
        empirical_ntk(nn.ReLU(), vectors())
    with pytest.raises(ValueError, match="lazy"):
        empirical_ntk(convolutions(), torch.randn(5, 2, 8, 8))
    with pytest.raises(ValueError, match="do not depend on its weights"):
        empirical_ntk(Called(lambda self, inputs: inputs, first=nn.Linear(6, 2)), vectors())
    with pytest.raises(ValueError, match="other parameters"):
        empirical_ntk(mlp(), vectors(), module2=nn.Linear(6, 3))


def test_a_module_is_left_as_it_was():
    def forward(self, inputs):
        self.count += 1
        return self.first(inputs)

    module = Called(forward, first=nn.Linear(6, 2))
    module.register_buffer("count", torch.zeros(()))
    inputs, fast, before = vectors(), torch.backends.mha.get_fastpath_enabled(), torch.get_rng_state()
    empirical_ntk(module, inputs, tile=2)
    kernel_routes(module, inputs)
    assert module.count == 0
    assert all(parameter.grad is None and parameter.requires_grad for parameter in module.parameters())
    assert torch.backends.mha.get_fastpath_enabled() == fast
    assert torch.equal(before, torch.get_rng_state())


def test_buffers_come_back_after_an_error():
    module = nn.BatchNorm1d(3)
    with pytest.raises(ValueError, match="more than 1 value"), plain_passes(module, torch.device("cpu")):
        [module(inputs) for inputs in (torch.randn(5, 3), torch.randn(1, 3))]
    assert module.running_mean.count_nonzero() == 0


def test_nothing_depends_on_the_mode_of_the_caller():
    module, inputs = mlp(), vectors()
    expected = empirical_ntk(module, inputs)
    with torch.inference_mode():
        assert torch.equal(empirical_ntk(module, inputs), expected)
    with torch.no_grad():
        assert torch.equal(empirical_ntk(module, inputs), expected)
    assert not expected.requires_grad
