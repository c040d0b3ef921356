import torch
from torch.testing import assert_close

from spectra.data import PowerLawStream, PowerLawTeacher


def test_the_loss_on_the_test_set_is_the_population_loss():
    spec, weights = PowerLawStream(1.5, 0.7, dimension=20), torch.randn(20)
    dataset = spec.load()
    losses = dataset.criterion.losses(dataset.test_inputs @ weights[:, None], dataset.test_targets)
    assert_close(losses.mean(), spec.task.population_loss(weights))


def test_the_stream_is_that_of_the_teacher_and_its_seed_leaves_the_task_alone():
    spec, other = (PowerLawStream(2.0, 1.0, dimension=8, train_examples=50, data_seed=seed) for seed in (1, 2))
    teacher = PowerLawTeacher(dimension=8, train_examples=50, data_seed=1).load()
    assert torch.equal(spec.load().inputs, teacher.inputs)
    assert torch.equal(spec.load().targets, teacher.targets)
    assert not torch.equal(spec.load().inputs, other.load().inputs)
    assert torch.equal(spec.load().test_targets, other.load().test_targets)
