"""Other tools read what was exported as it was stored."""

import csv
from dataclasses import dataclass
from itertools import count

import duckdb
import pandas as pd
import pyarrow.csv
import pytest

from spectra.store import export
from spectra.store.export import export as export_runs
from spectra.sweeps import RunStore
from tests.store.disk_faults import ADVICE, CODES, failing, told
from tests.store.made_up_runs import FACTS, made_up, measured
from tests.sweeps.fake_data import Tiny, tiny

SPECS = [run[0] for run in made_up(25)]


@dataclass(frozen=True)
class Evil(Tiny):
    """Has settings that others do not have, and a text that a spreadsheet would run."""

    kind: str = "evil"
    source: str = "=cmd|' /C calc'!A0"
    corner: str = 'a "b", ü\nc'
    many: tuple[int, ...] = (1, 2)


@pytest.fixture(params=[False, True], ids=["folders", "packs"])
def store(request, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "ROWS", 100)
    store = RunStore(tmp_path / "store")
    store.write_many(made_up(25))
    if request.param:
        store.compact(SPECS[:20])
    return store


def in_order(table):
    return table.sort_values(["run", "step"], kind="stable", ignore_index=True)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_long_table_comes_back(store, tmp_path, form):
    out = tmp_path / "new" / f"müller 1.{form}"
    assert export_runs(store, SPECS, out, form=form) == 25
    read = {"csv": lambda path: pyarrow.csv.read_csv(path).to_pandas(), "parquet": pd.read_parquet}[form]
    truth = in_order(store.load(SPECS).table)
    pd.testing.assert_frame_equal(in_order(read(out)), truth, check_exact=True, check_dtype=False)
    assert {path.name for path in out.parent.iterdir()} == {out.name}


def test_duckdb_and_pandas_open_a_dataset_as_it_is(store, tmp_path):
    out = tmp_path / "set's"
    assert export_runs(store, SPECS, out, form="dataset") == 25
    truth = in_order(store.load(SPECS).table)
    runs, measurements = pd.read_parquet(out / "runs.parquet"), pd.read_parquet(out / "measurements")
    joined = in_order(measurements.merge(runs, on="run"))[truth.columns]
    pd.testing.assert_frame_equal(joined, truth, check_exact=True, check_dtype=False)
    assert (len([*(out / "measurements").iterdir()]) > 1) == (not store.runs.packs.folder.exists())
    assert runs["diverged"].sum() == 3
    assert set(runs["engine"]) == {"processes"}
    assert "host" not in runs
    place = str(out).replace("'", "''")
    (found,) = duckdb.sql(f"""
        select sum(value), count(distinct run), min(width) from read_parquet('{place}/measurements/*.parquet') as m
        join read_parquet('{place}/runs.parquet') as r using (run) where not diverged and quantity = 'loss'
    """).fetchall()
    kept = truth[(truth["quantity"] == "loss") & ~truth["run"].isin(runs.loc[runs["diverged"], "run"])]
    assert found == (pytest.approx(kept["value"].sum()), 22, 6)


@pytest.mark.parametrize("form", ["csv", "parquet", "dataset"])
def test_settings_that_only_some_runs_have_are_missing_elsewhere(tmp_path, form):
    specs = [tiny(1), tiny(2, data=Evil())]
    store = RunStore(tmp_path / "store")
    store.write_many([(spec, measured(spec), FACTS) for spec in specs])
    out = tmp_path / "out"
    export_runs(store, specs, out, form=form)
    read = pd.read_csv if form == "csv" else pd.read_parquet
    table = read(out / "runs.parquet" if form == "dataset" else out).drop_duplicates("run").set_index("seed")
    assert table["corner"].isna().to_dict() == {1: True, 2: False}
    assert table.loc[2, "corner"] == 'a "b", ü\nc'
    assert table.loc[2, "many"] == "[1, 2]"


@pytest.mark.parametrize(
    ("source", "told"),
    [("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"), ("x;=1+1", "x;'=1+1"), ("＝1+1", "'＝1+1"), ("a\r=1", "a\ufffd=1")],
)
def test_a_spreadsheet_runs_no_text_of_a_csv_file(source, told, tmp_path):
    spec, store = tiny(2, data=Evil(source=source)), RunStore(tmp_path / "store")
    store.write(spec, measured(spec), FACTS)
    export_runs(store, [spec], tmp_path / "out.csv", form="csv")
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = [*csv.DictReader(file)]
    assert {row["source"] for row in rows} == {told}
    assert any(row["value"].startswith("-") for row in rows)  # numbers are numbers


def test_nothing_is_written_over(store, tmp_path):
    (tmp_path / "out.csv").write_text("mine")
    with pytest.raises(FileExistsError, match="exists already; remove it"):
        export_runs(store, SPECS, tmp_path / "out.csv", form="csv")
    assert (tmp_path / "out.csv").read_text() == "mine"


def test_an_export_that_fails_leaves_nothing(store, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export.pq.ParquetWriter, "write_table", full)
    with pytest.raises(OSError, match="disk is full"):
        export_runs(store, SPECS, tmp_path / "new" / "out.parquet", form="parquet")
    assert [*(tmp_path / "new").iterdir()] == []


def test_missing_runs_are_left_out(store, tmp_path):
    assert export_runs(store, [*SPECS, tiny(99)], tmp_path / "out.parquet", form="parquet") == 25
    assert export_runs(RunStore(tmp_path / "none"), SPECS, tmp_path / "empty.csv", form="csv") == 0
    assert len(pd.read_csv(tmp_path / "empty.csv")) == 0


def runs_in(out, form):
    path = out / "runs.parquet" if form == "dataset" else out
    return (pd.read_csv if form == "csv" else pd.read_parquet)(path)["run"].nunique()


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("form", ["csv", "parquet", "dataset"])
def test_an_export_that_fails_at_any_call_leaves_the_earlier_one(tmp_path, form, code):
    store, out = RunStore(tmp_path / "store"), tmp_path / "out"
    store.write_many(made_up(3))
    export_runs(store, SPECS[:2], out, form=form)
    for number in count():
        with failing(number, code) as failures:
            message = told(lambda: export_runs(store, SPECS[:3], out, form=form, overwrite=True))
        assert message is None or ADVICE[code] in message, failures
        assert runs_in(out, form) in ((3,) if message is None else (2, 3)), failures
        export_runs(store, SPECS[:2], out, form=form, overwrite=True)
        if not failures:
            break
    assert number > 4
