import pytest
import torch
from torch import Tensor
from torch.nn import functional
from torch.testing import assert_close

from spectra.objectives.criteria import IGNORED, Criterion, criterion, cross_entropy, squared_error
from spectra.objectives.squared_classes import squared_class_error


def indices(*shape: int, classes: int = 4) -> Tensor:
    targets = torch.randint(classes, shape)
    targets.view(-1)[::3] = IGNORED
    return targets


CASES = {
    "classes": (cross_entropy, torch.randn(6, 4), torch.randint(4, (6,))),
    "ignored classes": (cross_entropy, torch.randn(6, 4), indices(6)),
    "tokens": (cross_entropy, torch.randn(2, 3, 4), indices(2, 3)),
    "probabilities": (cross_entropy, torch.randn(2, 3, 4), 2 * torch.rand(2, 3, 4)),
    "squares": (squared_error, torch.randn(5, 2, 3), torch.randn(5, 2, 3)),
    "squares of numbers": (squared_error, torch.randn(5), torch.randn(5)),
}
EACH = pytest.mark.parametrize(("ours", "outputs", "targets"), CASES.values(), ids=CASES.keys())


@EACH
def test_losses_are_those_of_torch(ours, outputs, targets):
    if ours is cross_entropy:
        moved = targets.movedim(-1, 1) if targets.is_floating_point() and targets.ndim > 1 else targets
        expected = functional.cross_entropy(outputs.movedim(-1, 1), moved, reduction="none")
    else:
        expected = functional.mse_loss(outputs, targets, reduction="none").reshape(len(outputs), -1).mean(1)
    assert_close(ours.losses(outputs, targets), expected, rtol=0, atol=1e-14)


@EACH
def test_the_closed_curvature_is_the_second_derivative_of_the_losses(ours, outputs, targets):
    directions = torch.randn_like(outputs)
    expected = criterion("own", ours.losses).curvature(outputs, targets, directions)
    assert_close(ours.curvature(outputs, targets, directions), expected, rtol=0, atol=1e-14)


@EACH
def test_one_loss_for_each_example_and_none_for_those_that_do_not_count(ours, outputs, targets):
    counted, losses = ours.counted(targets), ours.losses(outputs, targets)
    curvature = ours.curvature(outputs, targets, torch.ones_like(outputs))
    assert counted.dtype == torch.bool
    assert losses.shape == counted.shape
    assert not losses[~counted].any()
    assert not curvature[~counted].any()


def test_score_covariance_of_cross_entropy_is_the_mean_over_the_models_own_labels():
    outputs, directions = torch.randn(3, 4), torch.randn(3, 4)
    expected = torch.zeros(3, 4)
    for label in range(4):
        scores = outputs.softmax(1) - functional.one_hot(torch.full((3,), label), 4)
        expected += outputs.softmax(1)[:, [label]] * scores * (scores * directions).sum(1, keepdim=True)
    assert cross_entropy.score_covariance is not None
    for targets in (torch.randint(4, (3,)), torch.rand(3, 4)):
        assert_close(cross_entropy.score_covariance(outputs, targets, directions), expected)


def test_score_covariance_of_squared_error_is_that_of_a_gaussian():
    outputs, directions, draws = torch.randn(1, 3), torch.randn(1, 3), 400_000
    labels = outputs + (3 / 2) ** 0.5 * torch.randn(draws, 3)  # exp(-|f - y|^2 / 3)
    scores = 2 / 3 * (outputs - labels)
    products = scores * (scores @ directions.T)
    assert squared_error.score_covariance is not None
    measured = squared_error.score_covariance(outputs, outputs, directions)[0]
    errors = products.std(0) / draws**0.5
    assert bool(((products.mean(0) - measured).abs() < 4 * errors).all())


def test_what_does_not_count_in_a_users_criterion_adds_nothing():
    def losses(outputs: Tensor, targets: Tensor) -> Tensor:
        return (outputs - targets).square().sum(1) / targets[:, 0].sign()  # undefined where a target is zero

    ours = criterion("own", losses, counted=lambda targets: targets[:, 0] != 0)
    outputs, targets = torch.randn(3, 2), torch.tensor([[1.0, 2.0], [0.0, 0.0], [3.0, 1.0]])
    assert ours.losses(outputs, targets)[1] == 0
    assert ours.score_covariance is None
    assert ours.counted(targets).tolist() == [True, False, True]


@pytest.mark.parametrize("losses", [lambda f, y: f.mean(1), lambda f, y: f[:, 0].exp()])
def test_curvature_of_losses_that_miss_some_outputs(losses):
    outputs = torch.randn(3, 2)
    expected = torch.autograd.functional.hessian(lambda f: losses(f, None).sum(), outputs).sum((2, 3))
    assert_close(criterion("own", losses).curvature(outputs, outputs, torch.ones(3, 2)), expected)


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        (torch.tensor([0, 4, 1]), "class index 4.*4 classes.*0 to 3"),
        (torch.tensor([0, -1, IGNORED]), "class index -1.*or -100"),
        (torch.tensor([0, 1]), "N, ..., C"),
        (torch.zeros(3), "which are integers"),
    ],
)
def test_targets_that_are_no_classes_are_refused(targets, message):
    with pytest.raises(ValueError, match=message):
        cross_entropy.losses(torch.zeros(3, 4), targets)


def test_probabilities_without_an_axis_of_classes_are_refused():
    with pytest.raises(ValueError, match=r"targets\.long\(\)"):
        cross_entropy.counted(torch.zeros(3))


@pytest.mark.parametrize("method", ["losses", "curvature", "score_covariance"])
def test_the_layout_of_torch_is_pointed_out(method):
    outputs, targets = torch.zeros(2, 4, 3), torch.zeros(2, 3, dtype=torch.long)
    arguments = (outputs, targets) if method == "losses" else (outputs, targets, outputs)
    with pytest.raises(ValueError, match=r"outputs\.movedim\(1, -1\)"):
        getattr(cross_entropy, method)(*arguments)


def test_targets_that_would_broadcast_are_refused():
    with pytest.raises(ValueError, match="equal shapes"):
        squared_error.losses(torch.zeros(3, 1), torch.zeros(3))


def test_labels_of_other_integer_types_are_classes_too():
    outputs, targets = torch.randn(5, 4), torch.randint(4, (5,))
    for dtype in (torch.int32, torch.uint8):
        assert_close(cross_entropy.losses(outputs, targets.to(dtype)), cross_entropy.losses(outputs, targets))


def test_class_losses_and_their_gradients_are_those_of_the_plain_formula_to_the_last_bit():
    outputs, targets = torch.randn(50, 10, dtype=torch.float32, requires_grad=True), torch.randint(10, (50,))
    plain = (outputs.logsumexp(1) - outputs.gather(1, targets[:, None])[:, 0]).mean()
    ours = cross_entropy.losses(outputs, targets).mean()
    assert ours.equal(plain)
    assert torch.autograd.grad(ours, outputs)[0].equal(torch.autograd.grad(plain, outputs)[0])


def test_a_criterion_made_by_hand_counts_all():
    ours = Criterion("own", squared_error.losses, squared_error.curvature)
    assert ours.counted(torch.zeros(3, 2)).tolist() == [True] * 3
    assert ours.score_covariance is None


@pytest.mark.parametrize("loss", [cross_entropy, squared_class_error])
def test_no_class_of_a_byte_is_taken_for_one_that_does_not_count(loss):
    outputs, targets = torch.randn(3, 200), torch.tensor([156, 3, 199])
    assert loss.counted(targets.byte()).all()
    assert_close(loss.losses(outputs, targets.byte()), loss.losses(outputs, targets))


def test_a_byte_beyond_the_classes_is_refused():
    with pytest.raises(ValueError, match="class index 156"):
        cross_entropy.losses(torch.zeros(1, 10), torch.tensor([156], dtype=torch.uint8))
