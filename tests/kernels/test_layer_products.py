"""Every way to the inner products of a layer's derivatives gives those of the derivatives themselves."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra.kernels import derivative_blocks, inner_products, place_products
from spectra.kernels.derivative_blocks import in_blocks
from spectra.kernels.derivative_parts import Outer, Rows, as_rows, weighted
from spectra.kernels.empirical import empirical_ntk
from spectra.kernels.inner_products import of_rows
from spectra.kernels.layer_products import gram, ways
from spectra.kernels.place_products import chained, pairwise
from tests.references import relative_error

CONTRACTIONS = {"full": "nkp,mlp->nkml", "diagonal": "nkp,mkp->nmk", "trace": "nkp,mkp->nm"}
WAYS = {"blocks": in_blocks, "pairs": pairwise, "chain": lambda one, two, _, dtype: chained(one, two, dtype)}


def layer(examples=5, outputs=3, *, places=4, groups=1, inputs=6, gradients=7, bias=None, tokens=False):
    """Random factors of the derivatives in a weight."""
    left = torch.randn(examples, groups, places, inputs)
    if tokens:
        left = torch.randint(inputs, (examples, 1, places))
    return Outer(left, torch.randn(examples, outputs, groups, places, gradients), inputs, bias=bias)


def expected(one, two, contraction):
    return torch.einsum(CONTRACTIONS[contraction], as_rows(one).values, as_rows(two).values)


@pytest.fixture(params=["whole", "pieces"])
def pieces(request, monkeypatch):
    """Blocks as they are, and so small that there are many."""
    if request.param == "pieces":
        monkeypatch.setattr(derivative_blocks, "BLOCK", 60)
        monkeypatch.setattr(derivative_blocks, "WIDTH", 4)
        monkeypatch.setattr(place_products, "ENTRIES", 700)
        monkeypatch.setattr(inner_products, "PANEL", 2)


@pytest.mark.usefixtures("pieces")
@pytest.mark.parametrize("kind", [{}, {"groups": 2}, {"bias": 0.5}, {"tokens": True}, {"places": 1}])
@pytest.mark.parametrize(
    ("way", "contraction"), [(way, each) for way in WAYS for each in CONTRACTIONS if way != "chain" or each == "full"]
)
def test_every_way_is_the_product_of_derivatives(way, contraction, kind):
    one, two = layer(**kind), layer(4, **kind)
    assert_close(WAYS[way](one, two, contraction, torch.float64), expected(one, two, contraction))
    alone = WAYS[way](one, None, contraction, torch.float64)
    assert_close(alone, expected(one, one, contraction))
    assert_close(WAYS[way](one, one, contraction, torch.float64), alone)


@pytest.mark.usefixtures("pieces")
@pytest.mark.parametrize("contraction", CONTRACTIONS)
def test_rows_with_themselves_are_half_the_work_and_the_same(contraction):
    rows = Rows(torch.randn(70, 4, 9))
    few = Rows(rows.values[:3])
    assert_close(gram(rows, None, contraction, torch.float64), expected(rows, rows, contraction))
    assert_close(gram(rows, few, contraction, torch.float64), expected(rows, few, contraction))


@pytest.mark.usefixtures("pieces")
def test_entries_of_the_weight_are_multiplied_in_every_block():
    one, diagonal = layer(groups=2), torch.rand(2 * 6 * 7)
    scaled = weighted(one, diagonal)
    assert ways(scaled, scaled, "full").keys() == {"blocks"}
    assert_close(as_rows(scaled).values, as_rows(one).values * diagonal)
    assert_close(gram(scaled, None, "full", torch.float64), expected(scaled, scaled, "full"))


@pytest.mark.parametrize(
    ("places", "inputs", "gradients", "fastest"),
    [(1, 784, 512, "pairs"), (16, 1224, 136, "chain"), (64, 576, 64, "blocks"), (256, 288, 32, "blocks")],
)
def test_the_way_is_the_one_that_was_fastest_in_the_benchmark(places, inputs, gradients, fastest):
    with torch.device("meta"):
        part = layer(64, 10, places=places, inputs=inputs, gradients=gradients)
    costs = ways(part, part, "full")
    assert min(costs, key=costs.get) == fastest


def test_only_tokens_that_occur_count():
    few, many = layer(inputs=1000, tokens=True), layer(inputs=100_000, tokens=True)
    assert ways(few, few, "full") == ways(many, many, "full")


def test_blocks_in_single_precision_are_added_in_double():
    rows = torch.rand(6, 1, 2**20).float()
    exact = of_rows(rows, None, "full", torch.float64)
    found = of_rows(rows, None, "full", torch.float32)
    assert found.dtype == torch.float64
    assert relative_error(found, exact) < 2e-8  # a third of the rounding of one number


def test_a_matrix_of_derivatives_in_double_precision_has_no_negative_eigenvalue():
    one = layer(40, 4, places=3)
    single = Outer(one.left.float(), one.right.float(), one.size)
    for way in ("blocks", "chain"):
        kernel = WAYS[way](single, None, "full", torch.float64).reshape(160, 160)
        values = torch.linalg.eigvalsh(kernel)  # of rank 42
        assert values[0] > -1e-14 * values[-1]


@pytest.mark.parametrize("outputs", ["full", "trace"])
def test_blocks_at_the_edge_are_rounded_like_all_others(outputs):
    module = nn.Sequential(nn.Conv2d(3, 16, 5), nn.Tanh(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(64, 2))
    inputs = torch.randn(3, 3, 7, 7).repeat(3, 1, 1, 1).float()
    kernel = empirical_ntk(module.float(), inputs, outputs=outputs, tile=8)
    values = torch.linalg.eigvalsh(kernel.transpose(1, 2).reshape(18, 18) if outputs == "full" else kernel)
    assert values[0] > -1e-14 * values[-1]


def test_a_kernel_is_symmetric_to_the_last_bit():
    module = nn.Sequential(nn.Conv1d(34, 40, 36), nn.Tanh(), nn.Flatten(), nn.Linear(640, 10))
    inputs = torch.randn(6, 34, 51)
    part = layer(64, 10, places=16, inputs=1224, gradients=40)
    costs = ways(part, part, "full")
    assert min(costs, key=costs.get) == "chain"
    matrix = empirical_ntk(module, inputs, tile=4).transpose(1, 2).reshape(60, 60)
    assert torch.equal(matrix, matrix.T)
