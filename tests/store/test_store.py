"""Whatever was stored comes back as it was, or is named as missing."""

import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from math import inf, nan

import pandas as pd
import pytest

from spectra.store.durable import GRACE, partial_folder, sweep_partials
from spectra.store.provenance import provenance
from spectra.sweeps import RunStore, status
from spectra.training import run
from tests.sweeps.fake_data import tiny


def facts(spec):
    return provenance(spec, seconds=1.5, device="cpu")


def stored(folder, *specs):
    store = RunStore(folder)
    for spec in specs:
        store.write(spec, run(spec), facts(spec))
    return store


def entries(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_loaded_run_is_the_run(tmp_path):
    specs = [tiny(seed) for seed in (3, 1, 2)]
    loaded = stored(tmp_path, *specs).load(reversed(specs))
    expected = pd.concat([run(spec) for spec in reversed(specs)], ignore_index=True)
    pd.testing.assert_frame_equal(loaded.table, expected, check_exact=True)
    assert loaded.missing == ()
    assert loaded.provenance["run"].tolist() == [spec.identity for spec in reversed(specs)]
    assert loaded.provenance["seconds"].tolist() == [1.5] * 3


def test_values_that_are_no_numbers_survive(tmp_path):
    spec, store = tiny(), RunStore(tmp_path)
    table = run(spec)
    table.loc[:2, "value"] = [nan, inf, -inf]
    store.write(spec, table, facts(spec))
    pd.testing.assert_frame_equal(store.load([spec]).table, table, check_exact=True)


def test_runs_with_other_settings_share_a_table(tmp_path):
    from tests.sweeps.fake_data import Failing

    (tmp_path / "cure").touch()
    specs = [tiny(), tiny(data=Failing(str(tmp_path / "cure")))]
    table = stored(tmp_path / "runs", *specs).load(specs).table
    assert table.groupby("data")["cure"].nunique().to_dict() == {"failing": 1, "tiny": 0}


def test_missing_runs_are_named(tmp_path):
    store = stored(tmp_path, tiny(1))
    loaded = store.load([tiny(1), tiny(2), tiny(1)])
    assert loaded.missing == (tiny(2),)
    assert loaded.table["run"].unique().tolist() == [tiny(1).identity]
    assert store.load([]).table.columns.tolist() == ["run", "step", "quantity", "index", "value"]


def test_reading_creates_nothing(tmp_path):
    store = RunStore(tmp_path / "runs")
    assert not store.has(tiny())
    assert store.load([tiny()]).missing == status([tiny()], store).missing == (tiny(),)
    assert entries(tmp_path) == []
    stored(tmp_path, tiny())
    before = entries(tmp_path)
    RunStore(tmp_path).load([tiny(), tiny(2)])
    assert entries(tmp_path) == before


def test_the_first_of_two_writers_wins(tmp_path):
    store, other = stored(tmp_path, tiny()), run(tiny())
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file()}
    other["value"] += 1
    RunStore(tmp_path).write(tiny(), other, facts(tiny()))
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file()} == before
    assert store.load([tiny()]).missing == ()


def test_a_run_that_appears_while_it_is_looked_for_is_not_taken_for_damaged(tmp_path, monkeypatch):
    stored(tmp_path / "other", tiny())
    store = RunStore(tmp_path / "runs")
    store.prepare()

    def late(folder, identity):
        shutil.copytree(tmp_path / "other" / identity, folder)
        raise FileNotFoundError(folder / "spec.json")

    with monkeypatch.context() as patched:
        patched.setattr("spectra.store.stored_runs.verified", late)
        assert not store.has(tiny())
    assert not (tmp_path / "runs" / "quarantine").exists()


def test_many_writers_leave_one_run_and_no_litter(tmp_path):
    table = run(tiny())
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(RunStore(tmp_path).write, tiny(), table, facts(tiny())) for _ in range(40)]
        assert all(job.result() is None for job in jobs)
    assert entries(tmp_path / ".partial") == []
    assert entries(tmp_path / tiny().identity) == ["measurements.parquet", "run.json", "spec.json"]
    assert not (tmp_path / "quarantine").exists()


def test_a_table_of_an_unfinished_run_is_refused(tmp_path):
    with pytest.raises(ValueError, match="one row of the quantity diverged"):
        RunStore(tmp_path).write(tiny(), run(tiny())[:-1], facts(tiny()))


def test_only_the_dead_leave_partial_folders_that_are_swept(tmp_path):
    old = time.time() - 2 * GRACE
    for name in ("dead", "young"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "spec.json").write_text("{")
    with partial_folder(tmp_path, "alive") as alive:
        for folder in (tmp_path / "dead", alive):
            os.utime(folder, (old, old))
        sweep_partials(tmp_path)
        assert {path.name for path in tmp_path.iterdir()} == {"young", alive.name}


def test_a_failure_is_remembered_until_the_run_is_done(tmp_path):
    store = RunStore(tmp_path)
    store.fail(tiny(), error="first", traceback="line 1")
    store.fail(tiny(), error="second", traceback="line 2")
    assert [(f.run, f.error, f.traceback) for f in store.failures([tiny(), tiny(2)])] == [
        (tiny().identity, "second", "line 2")
    ]
    assert store.load([tiny()]).failures.iloc[0].to_dict() == {
        "run": tiny().identity, "error": "second", "traceback": "line 2",
    }  # fmt: skip
    stored(tmp_path, tiny())
    assert store.failures([tiny()]) == ()
    assert entries(tmp_path / "failed") == []


def test_a_damaged_record_of_a_failure_still_says_that_the_run_failed(tmp_path):
    store = RunStore(tmp_path)
    store.fail(tiny(), error="first")
    path = tmp_path / "failed" / f"{tiny().identity}.json"
    path.write_bytes(path.read_bytes().replace(b"first", b"fisrt"))
    assert "damaged" in store.failures([tiny()])[0].error
