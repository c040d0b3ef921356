from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.testing import assert_close

from spectra.objectives.criteria import IGNORED, criterion, cross_entropy, squared_error
from spectra.objectives.mean_loss import gradient, mean_loss
from spectra.objectives.network import flatten
from spectra.objectives.objective import Objective
from spectra.objectives.objective_of import LossObjective, objective_of
from spectra.operators.gauss_newton import gauss_newton
from spectra.operators.hessian import hessian
from tests.references import dense_hessian


@dataclass
class Answer:
    loss: Tensor
    logits: Tensor


class LanguageModel(nn.Module):
    """Tied readout, a frozen position table, a buffer; takes names and returns an object with its own mean loss."""

    def __init__(self):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(7, 4), nn.Embedding(6, 4).requires_grad_(False)
        self.middle, self.readout = nn.Linear(4, 4), nn.Linear(4, 7, bias=False)
        self.readout.weight = self.tokens.weight
        self.register_buffer("scale", torch.tensor(1.5))

    def forward(self, *, tokens, labels):
        hidden = self.tokens(tokens) + self.positions.weight[: tokens.shape[1]]
        logits = self.readout(self.middle(hidden).tanh() * self.scale)
        mean = functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=IGNORED)
        return Answer(mean, logits)


def summed_loss(module: nn.Module, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    count = (batch["labels"] != IGNORED).sum()
    return module(**batch).loss * count, count


def text(sequences: int = 7) -> dict[str, Tensor]:
    labels = torch.randint(7, (sequences, 5))
    labels[torch.rand(sequences, 5) < 0.3] = IGNORED
    return {"tokens": torch.randint(7, (sequences, 5)), "labels": labels}


def cuts(batch: dict[str, Tensor], *sizes: int) -> list[dict[str, Tensor]]:
    """The same sequences in batches of several sizes, the last of them ragged."""
    parts = [tensor.split(sizes) for tensor in batch.values()]
    return [dict(zip(batch, part, strict=True)) for part in zip(*parts, strict=True)]


def linear() -> nn.Module:
    return nn.Linear(4, 3)


def squares(module: nn.Module, batch: Tensor) -> tuple[Tensor, int]:
    return module(batch).square().sum(), len(batch)


@pytest.mark.parametrize("sizes", [(7,), (3, 3, 1), (1, 6), (2, 2, 2, 1)])
def test_tokens_weigh_alike_however_the_batches_are_cut(sizes):
    module, whole = LanguageModel(), text()
    weights, objective = objective_of(module, summed_loss, cuts(whole, *sizes))
    expected = module(**whole).loss
    slopes = torch.autograd.grad(expected, [p for p in module.parameters() if p.requires_grad])
    assert objective.examples == int((whole["labels"] != IGNORED).sum())
    assert_close(objective(weights), expected.detach(), rtol=0, atol=1e-12)
    assert_close(mean_loss(objective, weights), expected.detach(), rtol=0, atol=1e-12)
    assert_close(gradient(objective, weights), torch.cat([s.flatten() for s in slopes]), rtol=0, atol=1e-12)
    _, uncut = objective_of(module, summed_loss, [whole])
    assert_close(hessian(objective, weights).dense(), dense_hessian(uncut, weights), rtol=0, atol=1e-12)


class Logits(nn.Module):
    """The outputs alone of a language model, which takes a mapping."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, inputs):
        return self.model(**inputs, labels=inputs["tokens"]).logits


def test_a_split_language_model_has_the_numbers_of_the_whole_one():
    module, whole = LanguageModel(), text()
    weights, objective = objective_of(module, summed_loss, [whole])
    pairs = [({"tokens": part["tokens"]}, part["labels"]) for part in cuts(whole, 4, 2, 1)]
    same, network = flatten(Logits(module))
    split = Objective(network, cross_entropy, pairs)
    assert split.examples == objective.examples
    assert_close(split(same), objective(weights), rtol=0, atol=1e-12)
    assert_close(hessian(split, same).dense(), hessian(objective, weights).dense(), rtol=0, atol=1e-12)
    uncut = Objective(network, cross_entropy, [({"tokens": whole["tokens"]}, whole["labels"])])
    assert_close(gauss_newton(split, same).dense(), gauss_newton(uncut, same).dense(), rtol=0, atol=1e-12)


def test_a_batch_that_is_ignored_altogether_adds_nothing():
    batch = torch.randn(3, 4), torch.randint(3, (3,))
    nothing = torch.randn(2, 4), torch.full((2,), IGNORED)
    weights, network = flatten(linear())
    both, one = Objective(network, cross_entropy, [batch, nothing]), Objective(network, cross_entropy, [batch])
    assert both.examples == 3
    assert_close(gradient(both, weights), gradient(one, weights), rtol=0, atol=0)
    assert_close(hessian(both, weights).dense(), hessian(one, weights).dense(), rtol=0, atol=1e-15)
    with pytest.raises(ValueError, match="no example of the batches counts"):
        Objective(network, cross_entropy, [nothing])


def test_a_users_criterion_says_which_examples_count():
    counting = criterion("own", lambda f, y: (f - y).square().sum(1), counted=lambda targets: targets[:, 0] > 0)
    inputs, targets = torch.randn(8, 4), torch.randn(8, 3)
    weights, network = flatten(linear())
    chosen = targets[:, 0] > 0
    expected = (network(weights, inputs) - targets).square().sum(1)[chosen].mean()
    objective = Objective(network, counting, [(inputs[:5], targets[:5]), (inputs[5:], targets[5:])])
    assert objective.examples == int(chosen.sum())
    assert_close(objective(weights), expected)


def test_the_gradient_is_that_of_the_mean_loss_and_has_no_graph():
    weights, network = flatten(linear())
    objective = Objective(network, squared_error, [(torch.randn(5, 4), torch.randn(5, 3)) for _ in range(2)])
    measured = gradient(objective, weights)
    assert_close(measured, torch.autograd.functional.jacobian(objective, weights))
    assert not measured.requires_grad
    assert not mean_loss(objective, weights.clone().requires_grad_()).requires_grad


def test_batches_of_a_loss_are_read_once():
    weights, objective = objective_of(linear(), squares, (torch.randn(2, 4) for _ in range(3)))
    assert isinstance(objective, LossObjective)
    assert objective.examples == 6
    assert_close(objective(weights), objective(weights), rtol=0, atol=0)


def test_a_loss_may_call_any_method_of_the_module():
    module = LanguageModel()

    def loss(module: LanguageModel, batch: Tensor) -> tuple[Tensor, int]:
        return module.middle(module.tokens(batch)).square().sum(), len(batch)

    weights, objective = objective_of(module, loss, [torch.arange(5)])
    assert_close(objective(weights), module.middle(module.tokens(torch.arange(5))).square().sum() / 5)


def test_compiled_modules_are_measured_as_they_were_written():
    module = linear()
    expected = objective_of(module, squares, [torch.ones(2, 4)])[1]
    weights, objective = objective_of(torch.compile(module, backend="aot_eager"), squares, [torch.ones(2, 4)])
    assert_close(hessian(objective, weights).dense(), hessian(expected, weights).dense())


@pytest.mark.parametrize("count", [3, 3.0, torch.tensor(3), torch.tensor(3.0)])
def test_any_whole_number_counts(count):
    _, objective = objective_of(linear(), lambda module, batch: (module(batch).sum(), count), [torch.ones(3, 4)])
    assert objective.examples == 3


def test_outputs_are_handed_out_when_the_criterion_can_take_them():
    weights, network = flatten(linear())
    inputs, targets = torch.randn(3, 4), torch.tensor([0, 1, 3])
    objective = Objective(network, cross_entropy, [(inputs, targets)])
    assert_close(objective.outputs(weights, inputs, targets.clamp(max=2)), network(weights, inputs), rtol=0, atol=0)
    with pytest.raises(ValueError, match="class index 3"):
        objective.outputs(weights, inputs, targets)
