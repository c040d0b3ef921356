"""A verdict is about numbers, whatever kind of column they came in."""

from io import StringIO

import numpy as np
import pandas as pd
import pytest

from spectra.verdicts import collapse, rate_transfer, stability_edge, super_consistency, wider_is_better
from tests.verdicts.simulated import consistency_table, sharpness_logs, tuning_table

KINDS = {
    "nullable": lambda table: table.convert_dtypes(),
    "arrow": lambda table: pd.read_csv(StringIO(table.to_csv(index=False)), dtype_backend="pyarrow"),
    "text": lambda table: table.astype(str),
    "objects": lambda table: table.astype(object),
    "categories": lambda table: table.astype(dict.fromkeys(("run", "quantity", "width", "regime"), "category")),
    "numbered runs": lambda table: table.assign(run=table["run"].factorize()[0]),
    "further columns of any kind": lambda table: table.assign(
        tags=[["a"]] * len(table), bare=True, when=pd.Timestamp(0), none=None, depth="2"
    ),
    "one label for all rows": lambda table: table.set_axis(np.zeros(len(table), dtype=int)),
}


def sharpness():
    return consistency_table(sharpness_logs(np.random.default_rng(0), seeds=4, scatter=0.01))


@pytest.mark.parametrize("kind", KINDS)
def test_the_verdict_does_not_depend_on_the_kind_of_the_columns(kind):
    change, table, tuning = KINDS[kind], sharpness(), tuning_table([0.9] * 4, noise=0.02, seeds=3)
    moved = np.random.default_rng(1).uniform(0.1, 0.2, len(table))
    table = pd.concat([table, table.assign(quantity="kernel_movement", value=moved).query("step > 0")])
    table = table.drop_duplicates(["run", "quantity", "step"])
    assert super_consistency(change(table)).sentence == super_consistency(table).sentence
    assert rate_transfer(change(tuning)).sentence == rate_transfer(tuning).sentence


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda table: table.assign(width="wide"), "width takes the values 'wide', which are not numbers; correct or"),
        (
            lambda table: table.assign(value=True),
            "value takes the values True, which are not numbers; leave out the rows",
        ),
        (lambda table: table.assign(seed=0.5), "seed takes the values 0.5, which are not whole numbers"),
        (lambda table: table.assign(run=None), "some row has no run"),
        (lambda table: pd.concat([table, table[["rate"]]], axis=1), "has the column 'rate' twice"),
        (lambda table: table.iloc[:0], "the table has no rows"),
        (lambda table: table.replace("effective_sharpness", "other"), "check the name, or measure it"),
    ],
)
def test_what_is_no_number_is_named(change, told):
    with pytest.raises(ValueError, match=told):
        super_consistency(change(sharpness()))


@pytest.mark.parametrize("judge", [super_consistency, collapse, stability_edge, rate_transfer, wider_is_better])
def test_what_is_no_table_is_refused(judge):
    with pytest.raises(TypeError, match="a list was given; a verdict needs a pandas DataFrame"):
        judge([1.0])


def test_an_optimizer_may_be_written_in_capitals():
    table = sharpness()
    large = stability_edge(table.assign(optimizer="SGD"))
    assert large.sentence == stability_edge(table.assign(optimizer="sgd")).sentence
    with pytest.raises(ValueError, match="of the optimizer 'Lion' is not known here; known are sgd, adam and adamw"):
        stability_edge(table.assign(optimizer="Lion"))
