import pytest
import torch
from torch import Tensor, nn
from torch.autograd.functional import jacobian
from torch.testing import assert_close

from spectra.objectives import Objective, criterion, cross_entropy, flatten, squared_error
from spectra.objectives.objective_of import objective_of
from spectra.operators import empirical_fisher, gauss_newton, residual
from spectra.operators.fisher import fisher
from tests.networks import Transformer, mlp, tokens
from tests.references import dense_softmax_fisher, relative_error

FREEDOM, SCALE = 3.0, 0.5
STUDENT_INFORMATION = (FREEDOM + 1) / (FREEDOM + 3) / SCALE**2


def student_losses(outputs: Tensor, targets: Tensor) -> Tensor:
    """-log density of Student's t around the outputs, up to a constant."""
    return (FREEDOM + 1) / 2 * (((outputs - targets) / SCALE).square() / FREEDOM).log1p().sum(1)


student = criterion(
    "student", student_losses, score_covariance=lambda f, y, directions: STUDENT_INFORMATION * directions
)


def regression(examples: int = 12) -> tuple[Tensor, Tensor]:
    return torch.randn(examples, 4), torch.randn(examples, 3)


def jacobian_square(objective: Objective, weights: Tensor) -> Tensor:
    """J'J / N, (P, P), over all outputs of all examples."""
    slopes = torch.cat(
        [jacobian(lambda w, x=x: objective.network(w, x).flatten(), weights) for x, _ in objective.batches]
    )
    return slopes.T @ slopes / objective.examples


def test_squared_error_is_a_gaussian_of_variance_half_the_outputs():
    weights, network = flatten(mlp())
    objective = Objective(network, squared_error, [regression(5), regression(2)])
    assert_close(fisher(objective, weights).dense(), 2 / 3 * jacobian_square(objective, weights))


def test_cross_entropy_sums_over_all_labels_and_equals_gauss_newton_but_not_the_empirical_fisher():
    weights, network = flatten(Transformer())
    objective = Objective(network, cross_entropy, [tokens(3), tokens(1)])
    expected, block = dense_softmax_fisher(objective, weights), torch.randn(len(weights), 4)
    assert relative_error(fisher(objective, weights) @ block, expected @ block) < 1e-12
    assert relative_error(gauss_newton(objective, weights) @ block, expected @ block) < 1e-12
    assert relative_error(empirical_fisher(objective, weights) @ block, expected @ block) > 0.1


def test_the_empirical_fisher_tends_to_the_fisher_when_the_labels_are_those_of_the_model():
    """Labels drawn from the model: the mean over draws is the Fisher information, within standard errors."""
    weights, network = flatten(nn.Linear(2, 3))
    inputs = torch.randn(4, 2)
    expected = fisher(Objective(network, cross_entropy, [(inputs, torch.zeros(4).long())]), weights).dense()
    drawn = network(weights, inputs).softmax(1).multinomial(400, replacement=True).T
    found = torch.stack(
        [empirical_fisher(Objective(network, cross_entropy, [(inputs, labels)]), weights).dense() for labels in drawn]
    )
    deviations = (found.mean(0) - expected) / (found.std(0) / 400**0.5)
    # A mean that is off by more than 4.5 standard errors has a chance of 7e-6 in each of 45 independent entries.
    assert deviations.abs().max() < 4.5


def test_a_likelihood_outside_the_exponential_family_has_its_own_information():
    weights, network = flatten(mlp())
    objective = Objective(network, student, [regression()])
    measured = fisher(objective, weights).dense()
    assert_close(measured, STUDENT_INFORMATION * jacobian_square(objective, weights))
    assert relative_error(gauss_newton(objective, weights).dense(), measured) > 0.1


def test_the_information_of_students_t_is_the_mean_of_its_squared_score():
    """The closed form that the test above rests on, by quadrature: E[(dl/df)^2] = (nu + 1) / (nu + 3) / scale^2."""
    places = torch.linspace(-200, 200, 400001)
    losses = student_losses(torch.zeros(1, 1), places[:, None])
    density = torch.exp(-losses)
    score = torch.gradient(losses, spacing=(places,))[0]
    information = torch.trapezoid(density * score.square(), places) / torch.trapezoid(density, places)
    assert_close(information, torch.tensor(STUDENT_INFORMATION), rtol=1e-4, atol=0)


def test_an_example_of_the_empirical_fisher_is_a_token_and_ignored_ones_do_not_count():
    weights, network = flatten(Transformer())
    inputs, targets = tokens(2, length=4)
    objective = Objective(network, cross_entropy, [(inputs, targets)])
    kept = (targets != -100).nonzero()
    total = torch.zeros(len(weights), len(weights))
    for row, column in kept:
        slope = jacobian(
            lambda w, row=row, column=column: -network(w, inputs)[row, column].log_softmax(0)[targets[row, column]],
            weights,
        )
        total += slope.outer(slope)
    assert objective.examples == len(kept)
    assert_close(empirical_fisher(objective, weights).dense(), total / len(kept), rtol=0, atol=1e-12)


def test_a_criterion_that_does_not_know_its_labels_has_no_fisher():
    weights, network = flatten(mlp())
    unknown = criterion("student", student_losses)
    with pytest.raises(ValueError, match=r"'student' does not say .* score_covariance"):
        fisher(Objective(network, unknown, [regression()]), weights)


@pytest.mark.parametrize("operator", [fisher, gauss_newton, empirical_fisher, residual])
def test_a_loss_that_is_not_split_has_only_a_hessian(operator):
    module = mlp()
    weights, objective = objective_of(
        module, lambda part, batch: (part(batch).square().sum(), len(batch)), [regression()[0]]
    )
    with pytest.raises(TypeError, match=r"not split .* Objective\(network, criterion, batches\)"):
        operator(objective, weights)


@pytest.mark.parametrize("operator", [fisher, gauss_newton, empirical_fisher, residual])
def test_outputs_that_do_not_depend_on_the_weights_are_refused(operator):
    class Detached(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = mlp()

        def forward(self, inputs: Tensor) -> Tensor:
            with torch.no_grad():
                return self.inner(inputs)

    weights, network = flatten(Detached())
    with pytest.raises(ValueError, match="does not depend on the weights"):
        operator(Objective(network, squared_error, [regression()]), weights)
