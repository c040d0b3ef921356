import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra.features import activation_patterns, linear_regions, pattern_diversity
from spectra.models import MLP, ConvResNet, ResidualMLP
from spectra.scaling import Size, parameterize, regime


def drawn(spec, inputs, outputs=3):
    module = spec.build(inputs, outputs)
    parameterize(
        module, regime("standard", optimizer="sgd", base=Size(1, 1)), spec.size, torch.Generator().manual_seed(1)
    )
    return module


def saw(folds):
    """x -> |2 x - 1|, folds times: 2^folds linear pieces on [0, 1], with kinks at multiples of 2^-folds."""
    parts = []
    for _ in range(folds):
        first, second = nn.Linear(1, 2), nn.Linear(2, 1)
        first.weight.data, first.bias.data = torch.tensor([[2.0], [-2.0]]), torch.tensor([-1.0, 1.0])
        second.weight.data, second.bias.data = torch.tensor([[1.0, 1.0]]), torch.tensor([0.0])
        parts += [first, nn.ReLU(inplace=True), second]
    return nn.Sequential(*parts)


@pytest.mark.parametrize("folds", [1, 2, 3, 7])
def test_a_folded_line_has_a_region_for_every_tooth(folds):
    found = linear_regions(saw(folds), torch.tensor([[0.0], [1.0]]))
    teeth = 2**folds
    assert (found.crossings, found.regions) == (teeth - 1, teeth)
    assert_close(found.positions, torch.arange(1, teeth) / teeth)


def test_crossings_of_one_layer_are_those_of_its_hyperplanes():
    module = nn.Sequential(nn.Linear(3, 50), nn.ReLU(), nn.Linear(50, 1))
    start, end = torch.randn(2, 3) * 3
    low, high = module[0](start), module[0](end)
    zeros = (low / (low - high))[low * high < 0].sort().values.detach()
    found = linear_regions(module, torch.stack([start, end]))
    assert_close(found.positions, zeros)
    assert found.regions == len(zeros) + 1


@pytest.mark.parametrize(
    ("spec", "shape"),
    [
        (MLP(30, depth=4, bias=True), (5,)),
        (ResidualMLP(20, depth=3), (5,)),
        (ConvResNet(4, depth=3, norm="none"), (1, 6, 6)),
    ],
)
def test_a_fine_grid_sees_the_same_changes(spec, shape):
    module = drawn(spec, shape)
    start, end = torch.randn(2, *shape)
    found = linear_regions(module, torch.stack([start, end]))
    steps = torch.linspace(0, 1, 20001).reshape(-1, *[1] * len(shape))
    patterns = activation_patterns(module, start + steps * (end - start))
    changed = (patterns[1:] != patterns[:-1]).any(1)
    # A cell of the grid with two crossings shows one change.
    cells = (found.positions * 20000).floor().long().unique()
    assert_close(changed.nonzero()[:, 0], cells)
    assert found.crossings > 10


def test_a_path_with_corners_counts_a_region_once_and_a_corner_as_no_crossing():
    module = nn.Sequential(nn.Linear(2, 2, bias=False), nn.ReLU(), nn.Linear(2, 1))
    module[0].weight.data = torch.eye(2)
    circle = torch.tensor([[1.0, 1], [-1, 1], [-1, -1], [1, -1], [1, 1]])
    found = linear_regions(module, circle)
    assert (found.crossings, found.regions) == (4, 4)
    assert_close(found.positions, torch.tensor([0.5, 1.5, 2.5, 3.5]))
    there_and_back = linear_regions(module, circle[[0, 1, 0]])
    assert (there_and_back.crossings, there_and_back.regions) == (2, 2)
    through_a_kink = linear_regions(module, torch.tensor([[1.0, 1], [0, 1], [-1, 1]]))
    assert_close(through_a_kink.positions, torch.tensor([1.0]))
    assert linear_regions(module, circle[[0, 0]]).crossings == 0


def test_activations_with_other_kinks_bend_there():
    path = torch.tensor([[-10.0], [10.0]])
    for part, kinks in [(nn.ReLU6(), [0.5, 0.8]), (nn.Hardtanh(-2, 4), [0.4, 0.7]), (nn.LeakyReLU(0.1), [0.5])]:
        assert_close(linear_regions(nn.Sequential(part), path).positions, torch.tensor(kinks))
    assert_close(linear_regions(nn.Sequential(nn.PReLU()), path).positions, torch.tensor([0.5]))


def test_units_that_bend_at_one_place_are_one_crossing():
    module = nn.Sequential(nn.Linear(1, 3, bias=False), nn.ReLU(), nn.Linear(3, 3, bias=False), nn.ReLU())
    assert linear_regions(module, torch.tensor([[-1.0], [2.0]])).crossings == 1


def test_what_is_not_piecewise_linear_is_refused():
    path = torch.randn(2, 4)
    with pytest.raises(ValueError, match="no layer of the module bends"):
        linear_regions(nn.Sequential(nn.Linear(4, 4), nn.Tanh()), path)
    with pytest.raises(ValueError, match="off a straight line"):
        linear_regions(nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Tanh()), path)
    with pytest.raises(ValueError, match="off a straight line"):
        linear_regions(nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4), nn.ReLU()), path)
    with pytest.raises(ValueError, match=r"a path of shape \(\)"):
        linear_regions(nn.ReLU(), torch.tensor(1.0))
    with pytest.raises(TypeError, match="a function was given; pass an nn"):
        linear_regions(lambda inputs: inputs, path)
    with pytest.raises(TypeError, match="corners: a list"):
        linear_regions(nn.ReLU(), [[0.0], [1.0]])
    with pytest.raises(ValueError, match=r"a path of shape \(1,"):
        linear_regions(nn.Sequential(nn.ReLU()), path[:1])
    with pytest.raises(ValueError, match=r"corners of torch\.int64 cannot change a little; .* convert them"):
        linear_regions(nn.Sequential(nn.ReLU()), path.long())
    with pytest.raises(ValueError, match="8 of the 8 numbers of the corners are not finite"):
        linear_regions(nn.Sequential(nn.ReLU()), path * torch.nan)
    with pytest.raises(ValueError, match=r"cannot read the first example, .*\(1, 4\)"):
        linear_regions(nn.Sequential(nn.Linear(3, 3), nn.ReLU()), path)


def test_patterns_of_what_is_not_finite_are_refused():
    with pytest.raises(ValueError, match="numbers of the inputs are not finite"):
        activation_patterns(nn.Sequential(nn.ReLU()), torch.full((2, 4), torch.nan))


def test_patterns_are_signs_of_what_the_units_read():
    module, inputs = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 5), nn.ReLU()), torch.randn(9, 4)
    first = module[0](inputs)
    found = activation_patterns(module, inputs)
    assert found.shape == (9, 11)
    assert bool((found == torch.cat([first > 0, module[2](first.relu()) > 0], 1)).all())


def test_diversity_of_patterns_that_are_known():
    alike = pattern_diversity(torch.ones(4, 3, dtype=torch.bool))
    assert (alike.distinct, alike.distance, alike.entropy, alike.fixed) == (0.25, 0, 0, 1)
    all_four = pattern_diversity(torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=torch.bool))
    assert (all_four.distinct, all_four.entropy, all_four.fixed) == (1, 1, 0)
    assert all_four.distance == pytest.approx(2 / 3)
    patterns = torch.randn(20, 7) > 0.5
    pairs = [float((one != other).double().mean()) for one in patterns for other in patterns if one is not other]
    assert pattern_diversity(patterns).distance == pytest.approx(sum(pairs) / (20 * 20 - 20))


def test_patterns_must_be_truth_values():
    with pytest.raises(ValueError, match="truth values"):
        pattern_diversity(torch.ones(3, 3))
    with pytest.raises(TypeError, match="a list"):
        pattern_diversity([[True]])
