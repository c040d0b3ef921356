"""One label more: the Schur update is the solve again, and rules rank as their formulas say."""

from math import log

import pytest
import torch
from torch.testing import assert_close

from spectra.kernels import (
    entropy_scores,
    highest_scores,
    kernel_regression,
    look_ahead,
    margin_scores,
    output_change,
    random_scores,
)

KNOWN, OTHERS, OUTPUTS = 12, 7, 3


def blocks():
    features = torch.randn(KNOWN + OTHERS, 40)
    kernel = features @ features.T / 40
    return kernel[:KNOWN, :KNOWN], kernel[KNOWN:, :KNOWN], kernel[KNOWN:, KNOWN:], kernel


@pytest.mark.parametrize("ridge", [0.0, 0.3])
def test_the_update_is_the_regression_on_one_example_more(ridge):
    kernel, cross, among, whole = blocks()
    targets, labels = torch.randn(KNOWN, OUTPUTS), torch.randn(OTHERS, OUTPUTS)
    found = look_ahead(kernel, cross, among, targets, ridge=ridge)
    assert_close(found.predictions, kernel_regression(kernel, cross, targets, ridge=ridge).predictions)
    for new in range(OTHERS):
        places = [*range(KNOWN), KNOWN + new]
        longer = torch.cat([targets, labels[new : new + 1]])
        again = kernel_regression(whole[places][:, places], whole[KNOWN:, places], longer, ridge=ridge).predictions
        predicted = found.predictions + found.gains[:, new, None] * (labels[new] - found.predictions[new])
        assert_close(predicted, again, rtol=1e-9, atol=1e-11)
        assert_close(found.changes(labels)[:, new], (again - found.predictions).norm(dim=1), rtol=1e-8, atol=1e-11)


def test_without_a_ridge_the_new_example_is_fitted_and_its_variance_is_that_of_a_gaussian_process():
    kernel, cross, among, _ = blocks()
    found = look_ahead(kernel, cross, among, torch.randn(KNOWN))
    assert_close(found.gains.diagonal(), torch.ones(OTHERS))
    assert_close(found.variances, (among - cross @ kernel.inverse() @ cross.T).diagonal())


def test_the_expected_change_is_the_mean_over_the_labels():
    kernel, cross, among, _ = blocks()
    found = look_ahead(kernel, cross, among, torch.randn(KNOWN, OUTPUTS))
    labels = torch.eye(OUTPUTS)[:, None].expand(OUTPUTS, OTHERS, OUTPUTS)
    certain = torch.zeros(OUTPUTS, OTHERS)
    certain[1] = 1
    assert_close(output_change(found, labels, certain), output_change(found, labels[1]))
    even = torch.full((OUTPUTS, OTHERS), 1 / OUTPUTS)
    each = [output_change(found, one) for one in labels]
    assert_close(output_change(found, labels, even), sum(each) / OUTPUTS)
    assert_close(each[0], found.changes(labels[0]).sum(0))


def test_what_is_known_and_what_is_far_from_everything_changes_little():
    inputs = torch.tensor([0.0, 0.01, 1.0, 1.1, 1.2, 30.0])
    whole = (-(inputs[:, None] - inputs).square()).exp()
    found = look_ahead(whole[:1, :1], whole[1:, :1], whole[1:, 1:], torch.zeros(1), ridge=0.01)
    scores = output_change(found, torch.ones(5, 1))
    assert set(highest_scores(scores, 3).tolist()) == {1, 2, 3}  # the three that are near each other


def test_entropy_and_margin_have_their_closed_forms():
    outputs = torch.tensor([[0.0, 0.0, 0.0], [log(8), log(1), log(1)], [log(4), log(4), log(2)]])
    chances = torch.tensor([0.8, 0.1, 0.1])
    assert_close(entropy_scores(outputs)[:2], torch.stack([torch.tensor(log(3)), -(chances * chances.log()).sum()]))
    assert_close(margin_scores(outputs), torch.tensor([0.0, -0.7, 0.0]))
    assert highest_scores(margin_scores(outputs), 2).tolist() == [0, 2]


def test_every_example_is_as_likely_by_chance():
    generator = torch.Generator().manual_seed(0)
    counts = torch.zeros(5)
    for _ in range(2000):
        counts[highest_scores(random_scores(5, generator), 2)] += 1
    assert ((counts - 800).abs() < 4 * (2000 * 0.4 * 0.6) ** 0.5).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kernel": torch.ones(KNOWN, KNOWN)}, "zero to rounding"),
        ({"among": torch.eye(3)}, r"a kernel \(3, 3\) among 7 examples"),
        ({"among": torch.randn(OTHERS, OTHERS)}, "symmetric"),
        ({"targets": torch.randn(4)}, "do not fit a kernel of 12 rows"),
        ({"ridge": -1.0}, "a ridge of -1.0"),
        ({"cross": torch.randn(OTHERS, 3)}, "has 3 columns"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    kernel, cross, among, _ = blocks()
    given = {"kernel": kernel, "cross": cross, "among": among, "targets": torch.randn(KNOWN), "ridge": 0.0} | change
    ridge = given.pop("ridge")
    with pytest.raises(ValueError, match=message):
        look_ahead(*given.values(), ridge=ridge)


def test_an_example_that_is_there_already_is_refused_without_a_ridge():
    kernel, _, _, whole = blocks()
    places = [*range(KNOWN, KNOWN + OTHERS), 0]
    with pytest.raises(ValueError, match=r"1 of 8 examples .* leave nothing open"):
        look_ahead(kernel, whole[places, :KNOWN], whole[places][:, places], torch.randn(KNOWN))


def test_rules_refuse_what_they_cannot_rank():
    kernel, cross, among, _ = blocks()
    found = look_ahead(kernel, cross, among, torch.randn(KNOWN, OUTPUTS))
    with pytest.raises(ValueError, match="labels of shape"):
        output_change(found, torch.randn(OTHERS))
    with pytest.raises(ValueError, match="chances of shape"):
        output_change(found, torch.randn(2, OTHERS, OUTPUTS), torch.ones(OTHERS))
    with pytest.raises(ValueError, match="two classes"):
        entropy_scores(torch.randn(4, 1))
    with pytest.raises(ValueError, match="not finite"):
        margin_scores(torch.tensor([[0.0, float("nan")]]))
    with pytest.raises(ValueError, match="the 5 highest of scores"):
        highest_scores(torch.ones(4), 5)
