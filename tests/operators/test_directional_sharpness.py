import pytest
import torch

from spectra.operators import SymmetricOperator
from spectra.operators.directional_sharpness import directional_sharpness
from tests.references import operator_of, symmetric_matrix


@pytest.mark.parametrize("length", [1e-150, 1.0, 1e150])
def test_it_is_the_rayleigh_quotient_whatever_the_length(length):
    matrix, vector = symmetric_matrix(torch.randn(8)), torch.randn(8)
    expected = float(vector @ matrix @ vector / (vector @ vector))
    assert directional_sharpness(operator_of(matrix), length * vector) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("vector", "message"),
    [
        (torch.zeros(4), "has length 0.0, and no direction"),
        (torch.full((4,), float("nan")), "has length nan"),
        (torch.full((4,), float("inf")), "has length inf"),
        (torch.ones(3), r"one vector \(4,\)"),
        (torch.ones(4, 1), r"one vector \(4,\)"),
    ],
)
def test_what_has_no_direction_is_refused(vector, message):
    with pytest.raises(ValueError, match=message):
        directional_sharpness(operator_of(torch.eye(4)), vector)


@pytest.mark.parametrize("size", [1e-25, 1e25])
def test_gradients_whose_squares_single_precision_does_not_hold_have_a_direction(size):
    values = torch.arange(1.0, 5.0).float()
    operator = SymmetricOperator(4, lambda block: values[:, None] * block, values.dtype, values.device)
    measured = directional_sharpness(operator, torch.full((4,), size, dtype=torch.float32))
    assert measured == pytest.approx(2.5, rel=1e-6)
