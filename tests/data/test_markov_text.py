import pytest
import torch
from torch.testing import assert_close

from spectra.data import MarkovChain, MarkovText, markov_text


@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.5])
def test_tokens_occur_exactly_with_zipfs_frequencies(exponent):
    chain = MarkovText(vocabulary=20, exponent=exponent).chain
    assert_close(chain.stationary / chain.stationary[0], torch.arange(1, 21) ** -exponent)
    assert_close(chain.stationary @ chain.transition, chain.stationary, rtol=1e-11, atol=0)
    assert_close(chain.transition.sum(1), torch.ones(20))
    assert (chain.transition > 0).all()


def test_the_stationary_distribution_is_the_limit_of_the_chain():
    chain = MarkovText(vocabulary=12).chain
    assert_close(torch.linalg.matrix_power(chain.transition, 200), chain.stationary.expand(12, 12))


def test_the_entropy_rate_of_two_tokens_is_the_formula_of_the_book():
    switch = torch.tensor([0.2, 0.05], dtype=torch.float64)
    chain = MarkovChain(torch.tensor([[0.8, 0.2], [0.05, 0.95]]), switch.flip(0) / switch.sum())
    binary = -switch * switch.log() - (1 - switch) * (1 - switch).log()
    assert chain.entropy_rate == pytest.approx(float((switch.flip(0) * binary).sum() / switch.sum()))


@pytest.mark.parametrize("seed", range(4))
def test_the_true_transition_matrix_has_the_entropy_rate_as_its_loss(seed):
    spec = MarkovText(vocabulary=30, context=20, train_examples=3000, data_seed=seed)
    dataset = spec.load()
    losses = dataset.criterion.losses(spec.chain.transition.log()[dataset.inputs], dataset.targets).mean(1)
    assert abs(float(losses.mean()) - spec.entropy_rate) < 4 * float(losses.std()) / 3000**0.5


def test_other_transition_matrices_lose_more():
    chain = MarkovText(vocabulary=30).chain
    for noise in (0.01, 0.1, 1.0):
        other = (chain.transition.log() + noise * torch.randn(30, 30)).log_softmax(1)
        assert float(-(chain.stationary @ (chain.transition * other)).sum()) > chain.entropy_rate


def test_every_token_of_an_example_has_zipfs_frequencies():
    spec = MarkovText(vocabulary=10, context=6, train_examples=20000)
    inputs = spec.load().inputs
    for place in range(6):
        counts, expected = inputs[:, place].bincount(minlength=10), 20000 * spec.chain.stationary
        assert ((counts - expected).abs() < 4.5 * expected.sqrt()).all()


def test_without_coupling_tokens_are_independent():
    chain = MarkovText(coupling=0.0).chain
    assert chain.entropy_rate == pytest.approx(chain.marginal_entropy)
    assert MarkovText(coupling=1.0).entropy_rate < chain.marginal_entropy


def test_targets_are_the_tokens_that_follow():
    dataset = MarkovText(context=9).load()
    assert dataset.inputs.shape == dataset.targets.shape == (2000, 9)
    assert torch.equal(dataset.inputs[:, 1:], dataset.targets[:, :-1])
    assert dataset.outputs == 64
    assert int(dataset.inputs.max()) < 64


def test_a_draw_at_the_very_end_is_still_a_token():
    cumulative = torch.tensor([[0.5, 1 - 1e-12]])
    assert markov_text._inverse(cumulative, torch.tensor([[1 - 1e-14]])).tolist() == [1]


def test_a_chain_that_nearly_alternates_is_refused(monkeypatch):
    monkeypatch.setattr(markov_text, "MOST_SCALINGS", 1)
    with pytest.raises(ValueError, match=r"after 1 scalings a chain of 64 tokens .* smaller coupling"):
        MarkovText().load()


@pytest.mark.parametrize("wrong", [{"vocabulary": 1}, {"coupling": 3.5}, {"exponent": -1.0}, {"context": 0}])
def test_settings_out_of_range_are_refused_by_name(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        MarkovText(**wrong)
