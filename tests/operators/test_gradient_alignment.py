import pytest
import torch
from torch.testing import assert_close

from spectra.operators.gradient_alignment import gradient_alignment


def basis(size: int, count: int) -> torch.Tensor:
    return torch.linalg.qr(torch.randn(size, count))[0]


def test_it_is_the_squared_length_of_the_projection():
    vectors, gradient = basis(9, 4), torch.randn(9)
    expected = [
        float((vectors[:, :k] @ (vectors[:, :k].T @ gradient)).square().sum() / gradient.square().sum())
        for k in range(1, 5)
    ]
    assert gradient_alignment(gradient, vectors).tolist() == pytest.approx(expected)


def test_the_whole_space_holds_the_whole_gradient():
    assert_close(gradient_alignment(torch.randn(6), basis(6, 6))[-1], torch.tensor(1.0))


def test_of_random_gradients_a_space_holds_its_share():
    # |Pi_k g|^2 / |g|^2 has a beta distribution with mean k / P and variance 2 k (P - k) / (P^2 (P + 2)).
    vectors, P, k, draws = basis(50, 5), 50, 5, 2000
    mean = torch.stack([gradient_alignment(torch.randn(P), vectors)[-1] for _ in range(draws)]).mean()
    deviation = (2 * k * (P - k) / (P**2 * (P + 2)) / draws) ** 0.5
    assert abs(float(mean) - k / P) < 4 * deviation


@pytest.mark.parametrize(
    ("gradient", "vectors", "message"),
    [
        (torch.zeros(4), torch.eye(4)[:, :2], "no direction"),
        (torch.ones(4), torch.ones(4, 2), "not orthonormal"),
        (torch.ones(4), torch.full((4, 2), float("nan")), "not orthonormal"),
        (torch.ones(4), torch.eye(3), r"\(P,\) and \(P, k\) are needed"),
        (torch.ones(4), torch.eye(4)[0], r"\(P,\) and \(P, k\) are needed"),
    ],
)
def test_bad_requests_are_refused(gradient, vectors, message):
    with pytest.raises(ValueError, match=message):
        gradient_alignment(gradient, vectors)
