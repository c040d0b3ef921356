"""Recipes, tables for verdicts, and what is typed as options: read or refused."""

from __future__ import annotations

import gzip
import io
import re
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from spectra.cli.comparing import CompareRequest, _pairings
from spectra.cli.engine_choice import byte_count
from spectra.cli.fit_request import FitRequest
from spectra.cli.judging import VerdictRequest, judged
from spectra.cli.verdict_files import Wanted
from spectra.cli.verdict_tables import read_table
from spectra.sweeps import read_experiment
from tests.fuzz.mutations import mutated
from tests.fuzz.oracle import refusable
from tests.sweeps.written_recipe import RECIPE

WIDE_RECIPE = RECIPE + '[[compare]]\nquantity = "loss"\nby = "width"\n[smoke]\nwidth = [32, 64]\nsteps = 5\n'
VALUE = re.compile(r"(?<= = ).*$|(?<=[\[ ])[\w.\"]+(?=[,\]])", re.MULTILINE)
VALUES = (
    "1", "0", "-1", "1e400", "nan", "inf", "-inf", "true", '""', '"mup"', "[]", "[[]]", "{}", "{ a = 1 }", "1979-05-27",
    "0x7fffffffffffffff", "9223372036854775808", "[1, 1]", '["a", 1]', "[{}, {}]", '"\\u001b[2J"', "'''\n'''", "1e-320",
    "[" * 100 + "]" * 100, '"../../x"', '"' + "x" * 3000 + '"', "{ every = 0 }", "{ points = 1e9 }", "1_0", "0.1.2",
    "[32, 32.0]", "[true]", '"digits"', "1000000", "[1, 2, 3, 4]", "{ kind = 'sgd' }",
)  # fmt: skip
RUNS = pd.DataFrame(
    [
        {"run": f"r{width}-{rate}-{seed}", "width": width, "seed": seed, "rate": rate, "regime": "mup", "step": step,
         "quantity": quantity, "index": 0, "value": 0.0 if quantity == "diverged" else 2 + 1 / (1 + step) + seed / 100}
        for width in (8, 16, 32) for rate in (0.5, 1.0) for seed in (0, 1, 2) for step in (0, 5, 10)
        for quantity in (("loss", "effective_sharpness", "diverged") if step == 10 else ("loss", "effective_sharpness"))
    ]
)  # fmt: skip
WANTED = Wanted(("effective_sharpness",), "width")
CELLS = (
    "", "nan", "inf", "-1", "0", "1e300", "1e19", "0.5", "a", "True", "1_000", "\x1b[2J", "x" * 300, "'", '"', "None",
    "٣", "7", "loss", "diverged", "-0", "1e-320", "9" * 30, "<NA>",
)  # fmt: skip
OPTIONS = (
    "all", "auto", "1:2", ":", "1:", "nan:inf", "-1:x", "2:1", "nu=2,kappa=1", "xi=1", "xi=1,zeta=2", "nu=0,kappa=inf",
    "=", "size=N,data=D", "size=N", "size=,data=", "1GiB", "1.5 tb", "0B", "9" * 5000 + "GB", "last", "10", "9" * 5000,
    "²", "power", "schedule", "joint", "", "\x1b[2J", "x" * 3000,
)  # fmt: skip


def recipe(random: Random, folder: Path) -> None:
    """A recipe with absurd values, or one that was damaged."""
    path = folder / "widths.toml"
    text = WIDE_RECIPE
    for _ in range(random.choice((0, 1, 1, 2, 3))):
        places = list(VALUE.finditer(text))
        place = random.choice(places)
        text = text[: place.start()] + random.choice(VALUES) + text[place.end() :]
    data = text.encode(errors="replace")
    path.write_bytes(mutated(data, random) if random.random() < 0.5 else data)
    with refusable(path):
        assert read_experiment(path, smoke=random.random() < 0.3).specs


def table(random: Random, folder: Path) -> None:
    """A table for `spectra verdict` that another program wrote, or that was damaged."""
    path = folder / random.choice(("runs.csv", "runs.csv", "runs.csv.gz", "runs.parquet"))
    path.write_bytes(_table(path.name, random))
    with refusable(path):
        found, _ = read_table(path, WANTED if random.random() < 0.8 else Wanted(("loss",), None, compared="regime"))
        assert np.isfinite(found[["seed", "step", "index", "rate"]].to_numpy(dtype=float)).all()
        assert (found["seed"].abs() < 2**53).all()


def verdict(random: Random, folder: Path) -> None:
    """The verdicts on such a table."""
    path = folder / random.choice(("runs.csv", "runs.parquet"))
    path.write_bytes(_table(path.name, random))
    request = VerdictRequest(
        ("effective_sharpness",), 0, ("width",), (1.0,), None, "mean_log_loss", 0.05, 0.25, 0.9, None
    )
    with refusable():
        found, notes = read_table(path, WANTED)
        judged(found, request, title=path.name, notes=notes)


def options(random: Random, folder: Path) -> None:
    """What is typed on the command line."""
    first, second = (
        _typed(text if random.random() < 0.5 else mutated(text.encode(), random).decode(errors="replace"))
        for text in random.choices(OPTIONS, k=2)
    )
    for part in (
        lambda: FitRequest(law=first, window=second).plan(),
        lambda: FitRequest(law="schedule", window=first, objective=second).schedule_window(),
        lambda: FitRequest(theory=first).expected(),
        lambda: FitRequest(law="joint", x=first).columns(),
        lambda: byte_count(first),
        lambda: _pairings(RUNS, CompareRequest(("loss",), "width", (first,), 0, second, False, None, 0.9, None)),
    ):
        with refusable():
            part()


def _typed(text: str) -> str:
    """What shows on a terminal anyway is no concern of a message."""
    return "".join(filter(str.isprintable, text))[:5000]


def _table(name: str, random: Random) -> bytes:
    made = RUNS
    for _ in range(random.choice((0, 1, 1, 2))):
        made = _changed(made, random)
    if name.endswith(".parquet"):
        return _parquet(made, random)
    data = made.to_csv(index=False).encode(errors="replace")
    data = mutated(data, random) if random.random() < 0.6 else data
    if not name.endswith(".gz"):
        return data
    data = gzip.compress(data, 1)
    return mutated(data, random) if random.random() < 0.5 else data


def _changed(made: pd.DataFrame, random: Random) -> pd.DataFrame:
    """With strange cells in one column, without it, or with others."""
    name, rows = random.choice(list(made)), random.choices(range(len(made)), k=random.choice((1, 3, len(made))))
    deed = random.random()
    if deed < 0.6:
        cells = made[name].astype(object)
        cells.iloc[rows] = random.choice(CELLS)
        return made.assign(**{name: cells})
    if deed < 0.7:
        return made.drop(columns=name)
    if deed < 0.8:
        return made.iloc[rows]
    if deed < 0.9:
        return made.assign(**{random.choice(("", "decay", "optimizer", "model", "a b", "9")): random.choice(CELLS)})
    return pd.concat([made, made[[name]].rename(columns={name: "other"})], axis=1)


def _parquet(made: pd.DataFrame, random: Random) -> bytes:
    made = made.loc[:, ~made.columns.duplicated()]
    made = made.assign(**{name: made[name].astype(str) for name in made if made[name].dtype == object})
    columns = pa.Table.from_pandas(made, preserve_index=False)
    place = random.randrange(columns.num_columns)
    kind = random.choice((*KINDS, None, None))
    if kind is not None:
        cells = pa.array([0] * columns.num_rows, pa.int64())
        strange = pa.nulls(columns.num_rows, kind) if random.random() < 0.3 else _cast(cells, kind)
        columns = columns.set_column(place, columns.schema.field(place).name, strange)
    if random.random() < 0.1:
        columns = columns.append_column(columns.schema.field(place), columns.column(place))
    buffer = io.BytesIO()
    pq.write_table(columns, buffer, write_page_checksum=random.random() < 0.5)
    return mutated(buffer.getvalue(), random) if random.random() < 0.5 else buffer.getvalue()


def _cast(cells: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_list(kind) or pa.types.is_struct(kind):
        made = [[1]] * len(cells) if pa.types.is_list(kind) else [{"a": 1}] * len(cells)
        return pa.array(made, kind)
    if pa.types.is_dictionary(kind) or pa.types.is_binary(kind):
        return pa.array(["a"] * len(cells)).cast(kind)
    return pa.nulls(len(cells)) if pa.types.is_null(kind) else cells.cast(kind)


KINDS = (
    pa.string(), pa.bool_(), pa.int8(), pa.float32(), pa.timestamp("ns"), pa.duration("s"), pa.decimal128(30, 3),
    pa.list_(pa.int64()), pa.struct([("a", pa.int64())]), pa.binary(), pa.dictionary(pa.int8(), pa.string()), pa.null(),
    pa.time64("us"), pa.uint64(),
)  # fmt: skip
