"""Two classes along one direction: their exact geometry, and the law of the rest."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from spectra.kernels.anisotropy_data import anisotropy_data


def test_classes_lie_a_gap_apart_along_the_direction_and_nowhere_else():
    direction = torch.randn(2, 3)
    inputs, labels = anisotropy_data(7 * direction, 4000, gap=0.6, deviation=2.0)
    unit = direction.flatten() / direction.norm()
    assert inputs.shape == (4000, 2, 3)
    flat = inputs.flatten(1)
    assert_close(flat @ unit, 0.6 * (labels - 0.5))
    across = flat - torch.outer(flat @ unit, unit)
    expected = 4.0 * (torch.eye(6) - torch.outer(unit, unit))
    assert (across.T @ across / 4000 - expected).abs().max() < 5 * 4 * (2 / 4000) ** 0.5
    assert (across[labels == 1].mean(0) - across[labels == 0].mean(0)).norm() < 5 * 2 * (6 / 1000) ** 0.5
    assert abs(int(labels.sum()) - 2000) < 4 * 1000**0.5


def test_without_noise_there_are_two_points_and_the_draw_repeats():
    direction = torch.tensor([0.0, 3.0], dtype=torch.float32)
    inputs, labels = anisotropy_data(direction, 6, deviation=0.0)
    assert inputs.dtype == torch.float32
    assert_close(inputs, torch.stack([torch.zeros(6), labels - 0.5], 1).float())
    assert torch.equal(anisotropy_data(direction, 6)[0], anisotropy_data(direction, 6)[0])
    drawn = [anisotropy_data(direction, 6, generator=torch.Generator().manual_seed(seed))[0] for seed in (1, 2)]
    assert not torch.equal(*drawn)


@pytest.mark.parametrize(
    ("direction", "count", "options", "words"),
    [
        (torch.zeros(3), 5, {}, "length 0"),
        (torch.full((3,), torch.nan), 5, {}, "length nan"),
        (torch.ones(3), 0, {}, "count is 0"),
        (torch.ones(3), 5, {"gap": 0.0}, "gap of 0.0"),
        (torch.ones(3), 5, {"deviation": -1.0}, "deviation of -1.0"),
    ],
)
def test_bad_input_is_refused_with_its_numbers(direction, count: int, options, words: str):
    with pytest.raises(ValueError, match=words):
        anisotropy_data(direction, count, **options)
