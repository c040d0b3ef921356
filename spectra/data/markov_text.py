"""Text of a Markov chain with Zipf's frequencies, whose entropy rate is known."""

from __future__ import annotations

from dataclasses import dataclass as plain_dataclass
from typing import Annotated, Literal

import torch
from pydantic import ConfigDict, Field, NonNegativeInt, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor

from spectra.data.dataset import Dataset
from spectra.data.random_stream import random_stream
from spectra.objectives.criteria import cross_entropy

MOST_SCALINGS = 10000
"""Of 1,000 random chains with the largest coupling none of 8 tokens took more than 1,200, none of 16 over 1,000."""


@plain_dataclass(frozen=True)
class MarkovChain:
    """A stationary chain over V tokens."""

    transition: Tensor  # (V, V), P[a, b] = probability of b after a
    stationary: Tensor  # (V,), pi with pi P = pi

    @property
    def entropy_rate(self) -> float:
        """H = -sum_a pi_a sum_b P_ab log P_ab, in nats per token."""
        return float(self.stationary @ torch.special.entr(self.transition).sum(1))

    @property
    def marginal_entropy(self) -> float:
        """-sum_a pi_a log pi_a, in nats: the loss of a model that knows only how often each token occurs."""
        return float(torch.special.entr(self.stationary).sum())

    def tokens(self, rows: int, length: int, generator: torch.Generator) -> Tensor:
        """Independent pieces of text, int64 (rows, length), each begun in the stationary distribution."""
        draws = torch.rand(length, rows, 1, generator=generator, dtype=torch.float64)
        after = self.transition.cumsum(1)
        text = [_inverse(self.stationary.cumsum(0).expand(rows, -1), draws[0])]
        for draw in draws[1:]:
            text.append(_inverse(after[text[-1]], draw))
        return torch.stack(text, 1)


def _inverse(cumulative: Tensor, draws: Tensor) -> Tensor:
    """First tokens (N,) whose cumulative probabilities, rows of (N, V), exceed the draws (N, 1)."""
    found = torch.searchsorted(cumulative.contiguous(), draws, right=True)[:, 0]
    return found.clamp(max=cumulative.shape[1] - 1)  # rounding may leave the last sum a little below one


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class MarkovText:
    """Next-token prediction on a Markov chain whose tokens occur with Zipf's frequencies.

    Token a = 0, 1, ... has the probability pi_a proportional to (a + 1)^-exponent, exactly. How likely token b follows
    token a, beyond that, is random:

        P_ab = pi_b u_a v_b exp(coupling G_ab),        G_ab ~ N(0, 1),

    with the positive u and v for which rows sum to one and pi P = pi (Sinkhorn's scaling of the joint probabilities).
    No model beats the entropy rate H = -sum_a pi_a sum_b P_ab log P_ab, and the transition matrix itself attains it.

    Attributes:
        vocabulary: Number of different tokens V.
        context: Tokens of an example, T.
        exponent: Exponent of Zipf's law.
        coupling: How much a token tells about the next; 0 makes tokens independent.
        train_examples: Length of the training set.
        test_examples: Length of the test set.
        data_seed: Seed of the chain and of both sets.

    Source: Cover and Thomas, Elements of Information Theory (2nd edition), theorem 4.2.4, for the entropy rate;
    Sinkhorn 1964, A relationship between arbitrary positive matrices and doubly stochastic matrices, for the scaling.
    """

    vocabulary: Annotated[int, Field(ge=2)] = 64
    context: PositiveInt = 32
    exponent: Annotated[float, Field(ge=0, le=4)] = 1.0
    coupling: Annotated[float, Field(ge=0, le=3)] = 1.5
    train_examples: PositiveInt = 2000
    test_examples: PositiveInt = 500
    data_seed: NonNegativeInt = 0
    kind: Literal["markov_text"] = "markov_text"

    def load(self) -> Dataset:
        """Tokens (N, T) and the tokens that follow each of them (N, T), both int64."""
        chain = self.chain
        train, test = (
            chain.tokens(count, self.context + 1, random_stream(self.data_seed, stream))
            for stream, count in ((1, self.train_examples), (2, self.test_examples))
        )
        return Dataset(train[:, :-1], train[:, 1:], test[:, :-1], test[:, 1:], cross_entropy, self.vocabulary)

    @property
    def chain(self) -> MarkovChain:
        """The chain that the text is drawn from."""
        ranks = torch.arange(1, self.vocabulary + 1, dtype=torch.float64)
        frequencies = ranks**-self.exponent / (ranks**-self.exponent).sum()
        shape = self.vocabulary, self.vocabulary
        affinity = torch.randn(shape, generator=random_stream(self.data_seed, 0), dtype=torch.float64)
        joint = _with_marginals((self.coupling * affinity).exp() * torch.outer(frequencies, frequencies), frequencies)
        return MarkovChain(joint / joint.sum(1, keepdim=True), frequencies)

    @property
    def entropy_rate(self) -> float:
        """Nats per token that no model can go below."""
        return self.chain.entropy_rate


def _with_marginals(joint: Tensor, marginal: Tensor) -> Tensor:
    """A positive matrix with rows and columns rescaled until both sum to a given marginal.

    Raises:
        ValueError: If that takes too long, which only a chain of few tokens that nearly alternates makes happen.
    """
    for _ in range(MOST_SCALINGS):
        joint = joint * (marginal / joint.sum(0))
        rows = joint.sum(1)
        if bool(((rows / marginal - 1).abs() < 1e-12).all()):
            return joint
        joint = joint * (marginal / rows)[:, None]
    raise ValueError(
        f"after {MOST_SCALINGS} scalings a chain of {len(marginal)} tokens does not have Zipf's frequencies yet; use a "
        "smaller coupling, a larger vocabulary or another data_seed"
    )
