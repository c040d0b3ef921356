"""What is recorded of layers, against closed forms."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra.checks import Trial
from spectra.checks.measuring import measured
from spectra.checks.recording import recorded
from tests.networks import Attention, Transformer, tokens

INPUTS = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))


def trial(module, inputs=INPUTS, rate=0.1):
    return Trial(module, torch.optim.SGD(module.parameters(), lr=rate), lambda net: net(inputs).square().mean())


def starts(module):
    return {id(tensor): tensor.detach().clone() for tensor in module.parameters()}


def values(found, layer, quantity):
    return [value for name, kind, _, value in found.rows if (name, kind) == (layer, quantity)]


def rms(tensor):
    return float(tensor.detach().square().mean().sqrt())


def test_sizes_changes_and_updates_of_a_linear_network():
    module = nn.Sequential(nn.Linear(4, 5, bias=False), nn.Linear(5, 3, bias=False))
    first, second = (layer.weight.detach().clone() for layer in module)
    found = measured(trial(module), 2)
    now, later = (layer.weight.detach() for layer in module)
    hidden = INPUTS @ first.T
    assert values(found, "0", "size")[0] == pytest.approx(rms(hidden))
    assert values(found, "output", "change")[-1] == pytest.approx(rms(INPUTS @ (later @ now - second @ first).T))
    relative = rms(INPUTS @ now.T @ (later - second).T) / rms(hidden @ second.T)
    assert values(found, "1", "relative_update")[-1] == pytest.approx(relative)
    assert values(found, "0.weight", "parameter_change")[-1] == pytest.approx(rms(now - first))
    assert values(found, "0.weight", "rate") == [0.1, 0.1]


def test_an_operation_in_place_after_a_layer_does_not_change_what_was_seen():
    module = nn.Sequential(nn.Linear(4, 5), nn.ReLU(inplace=True), nn.Linear(5, 3))
    assert (recorded(trial(module), starts(module)).outputs["0"] < 0).any()


def test_the_module_is_left_as_it_was():
    module = nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.Dropout(0.5), nn.Linear(5, 3)).train()
    module[1].eval()
    state = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    random = torch.get_rng_state()
    recorded(trial(module), starts(module))
    assert all(torch.equal(tensor, state[name]) for name, tensor in module.state_dict().items())
    assert torch.equal(torch.get_rng_state(), random)
    assert [part.training for part in module] == [True, False, True, True]
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in module.modules())


def test_hooks_are_removed_when_the_loss_fails():
    module = nn.Linear(3, 2)
    with pytest.raises(RuntimeError):
        recorded(trial(module), starts(module))
    assert not module._forward_hooks
    assert not module._forward_pre_hooks


def test_dropout_draws_the_same_masks_before_and_after_training():
    module = nn.Sequential(nn.Linear(4, 50), nn.Dropout(0.5), nn.Linear(50, 3)).train()
    found = measured(trial(module, rate=0.0), 2)
    assert values(found, "output", "change") == [0.0, 0.0]


def test_calls_of_one_layer_are_taken_together():
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(4, 4)

        def forward(self, inputs):
            return self.layer(self.layer(inputs))

    module = Twice()
    once = module.layer(INPUTS)
    assert_close(
        recorded(trial(module), starts(module)).outputs["layer"],
        torch.cat([once.flatten(), module.layer(once).flatten()]),
    )


@pytest.mark.parametrize("plain", [True, False])
def test_attention_logits_are_seen_in_fused_and_in_plain_attention(plain):
    module = Attention(4, plain=plain)
    inputs = torch.randn(2, 5, 4)
    query, key, _ = module.inward(inputs).view(2, 5, 3, 2, 2).permute(2, 0, 3, 1, 4)
    wanted = query @ key.mT / 2**0.5
    if plain:  # what is masked before the softmax is no longer seen
        wanted = wanted.tril()
    seen = recorded(trial(module, inputs), starts(module)).outputs["(logits)"]
    assert_close(seen, wanted.flatten())


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("batch_first", [True, False])
def test_attention_logits_are_seen_in_the_attention_of_torch(training, batch_first):
    layer = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=batch_first).train(training)
    inputs = torch.randn(3, 3, 4)
    stream = inputs if batch_first else inputs.transpose(0, 1)
    weight, bias = layer.self_attn.in_proj_weight, layer.self_attn.in_proj_bias
    query, key, _ = nn.functional.linear(stream, weight, bias).view(3, 3, 3, 2, 2).permute(2, 0, 3, 1, 4)
    seen = recorded(trial(layer, inputs), starts(layer)).outputs["self_attn.(logits)"]
    assert rms(seen) == pytest.approx(rms(query @ key.mT / 2**0.5))


def test_grouped_queries_share_their_keys():
    query, key = torch.randn(2, 4, 3, 5), torch.randn(2, 2, 3, 5)

    class Grouped(nn.Linear):
        def forward(self, inputs):
            return nn.functional.scaled_dot_product_attention(query * self.bias, key, key, enable_gqa=True)

    module = Grouped(2, 5)
    wanted = (query * module.bias) @ key.repeat_interleave(2, 1).mT / 5**0.5
    assert_close(recorded(trial(module), starts(module)).outputs["(logits)"], wanted.detach().flatten())


def test_a_tied_network_is_recorded_with_its_own_first_weights():
    module = Transformer(width=8)
    inputs, _ = tokens(4)
    found = measured(trial(module, inputs), 1)
    assert values(found, "readout", "relative_update")[0] > 0
    assert values(found, "attention.(logits)", "size")[0] > 0


def test_a_compiled_module_is_seen_as_it_was_written():
    module = nn.Sequential(nn.Linear(4, 5), nn.Linear(5, 3))
    compiled = torch.compile(module, backend="eager")
    found = recorded(Trial(compiled, None, lambda net: net(INPUTS).mean()), starts(module))
    assert_close(found.outputs["output"], module(INPUTS).detach().flatten())


def test_a_batch_that_changes_is_refused():
    sizes = iter([4, 4, 5, 5])
    module = nn.Linear(4, 2)
    moving = Trial(
        module, torch.optim.SGD(module.parameters()), lambda net: net(torch.ones(next(sizes), 4)).square().mean()
    )
    with pytest.raises(ValueError, match="one fixed batch"):
        measured(moving, 1)


def test_the_bias_of_a_readout_does_not_hide_how_large_the_readout_is():
    module = nn.Linear(4, 3)
    with torch.no_grad():
        module.bias.fill_(100.0)
    outputs = INPUTS @ module.weight.detach().T
    expected = rms(outputs - outputs.mean(0))
    assert values(measured(trial(module), 1), "output", "size")[0] == pytest.approx(expected)
