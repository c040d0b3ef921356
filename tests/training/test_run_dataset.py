"""The targets of a run are what its criterion takes, whatever the temperature."""

from dataclasses import dataclass, replace

import pytest
from torch import Tensor
from torch.nn.functional import one_hot
from torch.testing import assert_close

from spectra.data import Dataset, Digits
from spectra.training import Loss, StepGrid
from tests.training.dense_members import specs, tables, values

LOSSES = Loss(StepGrid(every=3)), Loss(StepGrid(every=3), split="test")


@dataclass(frozen=True)
class Soft:
    """Digits with a row of numbers for each class, which adds up to something."""

    train_sum: float
    test_sum: float
    train_examples: int = 60
    kind: str = "soft"

    def load(self) -> Dataset:
        data = Digits(self.train_examples).load()
        rows = self.train_sum * _rows(data.targets), self.test_sum * _rows(data.test_targets)
        return replace(data, targets=rows[0], test_targets=rows[1])


def _rows(classes: Tensor) -> Tensor:
    return one_hot(classes, 10).double()


def test_certain_probabilities_are_classes():
    for soft, hard in zip(tables(specs(*LOSSES, data=Soft(1, 1))), tables(specs(*LOSSES)), strict=True):
        for quantity in ("loss", "test_loss"):
            assert_close(values(soft, quantity), values(hard, quantity))


@pytest.mark.parametrize("sums", [(2, 1), (1, 2)])
@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_rows_that_do_not_add_up_to_one_are_refused_at_every_temperature(sums, temperature):
    (one, *_) = specs(*LOSSES, data=Soft(*sums), temperature=temperature)
    with pytest.raises(ValueError, match="targets that are no probabilities"):
        tables([one])


def test_squared_error_takes_any_numbers():
    table = tables(specs(*LOSSES, data=Soft(2, 3), criterion="squared_error")[:1])[0]
    assert (values(table, "loss") > 0).all()
