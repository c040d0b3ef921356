"""What is said about bad input that no test of the part itself gives."""

from types import SimpleNamespace

import pandas as pd
import pytest
import torch
from torch import nn

import spectra
import spectra.sweeps
from spectra import Size, SymmetricOperator
from spectra.cli.auditing import _table
from spectra.cli.checking import _judge, _scale
from spectra.cli.joint_fitting import fit_table
from spectra.data.places import place
from spectra.eigen.lanczos import lanczos
from spectra.features.kinks import distances
from spectra.features.separability import sphere_dimension
from spectra.kernels import (
    conjugate_gradients,
    effective_rank,
    empirical_ntk,
    estimated_drift,
    kernel_alignment,
    relative_ridge,
)
from spectra.kernels.regression_matrices import require_device
from spectra.operators.finite_difference import _error
from spectra.operators.stack import stacked
from spectra.training.data_order import DataOrder
from spectra.training.kernel_test_error import regression_targets
from spectra.training.movement import _centred
from spectra.verdicts.long_table import _told_ends

ZERO = SymmetricOperator(3, torch.zeros_like, torch.float64, torch.device("cpu"))
LOSSES = pd.DataFrame({"run": ["a"], "step": [0], "quantity": ["loss"], "index": [0], "value": [1.0]})


class Scaled(nn.Module):
    """Three inputs times a parameter that is used transposed, or along several rows of an example; one output."""

    def __init__(self, outputs: int = 1, *, transposed: bool = False) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.randn(3, 1) if transposed else torch.randn(3))
        self.outputs, self.transposed = outputs, transposed

    def forward(self, inputs):
        if self.transposed:
            return (inputs * self.scale.t()).tanh().sum(1, keepdim=True)
        rows = (inputs.flatten(0, 1) * self.scale).tanh()
        return rows.view(inputs.shape).sum(1)[:, : self.outputs]


def mixed():
    return nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1, dtype=torch.float32))


def rows_of_two():
    return nn.Sequential(nn.Flatten(0, 1), nn.ReLU())


def text_conditions():
    where = [SimpleNamespace(column=name, value="a") for name in ("family", "corpus")]
    return SimpleNamespace(x={}, y=SimpleNamespace(powers=()), where=where)


CALLS = {
    "package": (lambda: spectra.hesian, AttributeError, "no attribute 'hesian'"),
    "sweeps": (lambda: spectra.sweeps.swep, AttributeError, "no attribute 'swep'"),
    "audit": (lambda: _table(text_conditions(), None), ValueError, "corpus, family; filter the table"),
    "judge": (lambda: _judge(SimpleNamespace(path="a.toml", judge=None)), ValueError, r"a section such as \[judge\]"),
    "scale": (lambda: _scale(SimpleNamespace(scale="trained_examples")), ValueError, "widths or depths"),
    "tables": (lambda: fit_table(["a", "b"], SimpleNamespace(law="joint"), None), ValueError, "2 files were given"),
    "device": (lambda: place("/dev/null", wanted="a", remedy="pass a file"), ValueError, "a pipe or a device"),
    "start": (lambda: lanczos(ZERO, torch.zeros(3), 2), ValueError, "a finite nonzero vector"),
    "rows": (lambda: distances(rows_of_two(), torch.ones(4, 2, 3)), ValueError, r"reads \(8, 3\) for 4 examples"),
    "alpha": (lambda: sphere_dimension(0.25, 1e-4), ValueError, "take a larger one"),
    "alignment": (
        lambda: kernel_alignment(torch.zeros(2, 2), torch.ones(2), form="cosine"),
        ValueError,
        "outputs depend on its",
    ),
    "drift": (lambda: estimated_drift(ZERO, ZERO), ValueError, "the drift is relative to it"),
    "rank": (lambda: effective_rank(ZERO), ValueError, "one that is not zero"),
    "kinds": (lambda: empirical_ntk(mixed(), torch.ones(2, 3)), ValueError, "real and of one kind"),
    "shape": (lambda: relative_ridge(torch.ones(3), 0.1), ValueError, r"pass \(N, M\) or"),
    "tolerance": (lambda: conjugate_gradients(ZERO, torch.ones(3), tolerance=0.0), ValueError, "use a positive number"),
    "elsewhere": (
        lambda: require_device("ys", torch.ones(2), torch.device("cuda")),
        ValueError,
        "on cpu, and the kernel",
    ),
    "curved": (lambda: _error(lambda v, step: step * v, torch.ones(3), 0.1), ValueError, "by 1, where 0.1 is accepted"),
    "stack": (lambda: stacked([]), ValueError, "at least one is needed"),
    "size": (lambda: Size(64.0, 3), TypeError, "width and depth are whole numbers"),
    "batch": (lambda: DataOrder(4, 5, [0]), ValueError, "there are 4 training examples"),
    "classes": (lambda: regression_targets(torch.ones(4, 2).long(), 2), ValueError, "one class for each example"),
    "movement": (lambda: _centred(torch.ones(3, 3)), ValueError, "measure on more or other examples"),
    "ends": (lambda: _told_ends(LOSSES), ValueError, "add these rows with value 0 or 1"),
}


@pytest.mark.parametrize("name", CALLS)
def test_bad_input_is_told_what_is_possible(name):
    call, kind, message = CALLS[name]
    with pytest.raises(kind, match=message):
        call()


@pytest.mark.parametrize(
    ("module", "shape", "message"),
    [(Scaled(transposed=True), (4, 3), "it is used transposed"), (Scaled(), (4, 2, 3), "several places of each")],
)
def test_uses_of_a_parameter_that_one_route_does_not_know_are_told_and_taken_by_another(module, shape, message):
    inputs = torch.randn(shape)
    with pytest.raises(ValueError, match=message):
        empirical_ntk(module, inputs, method="gram")
    torch.testing.assert_close(empirical_ntk(module, inputs), empirical_ntk(module, inputs, method="loop"))


def test_kernels_between_networks_need_as_many_outputs():
    one, two = Scaled(1), Scaled(2)
    with pytest.raises(ValueError, match="1 and 2 outputs"):
        empirical_ntk(one, torch.randn(4, 2, 3), module2=two)
