"""Runs in packs are the runs that they were in folders, whatever happens while they are gathered."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from spectra.store import compaction, packs
from spectra.store.pack_folder import PackFolder
from spectra.sweeps import RunStore, status
from tests.store.made_up_runs import made_up

SPECS = [run[0] for run in made_up(30)]


@pytest.fixture
def folders(tmp_path):
    """A store of 30 runs in folders."""
    RunStore(tmp_path / "store").write_many(made_up(30))
    return tmp_path / "store"


@pytest.fixture
def truth(folders):
    return RunStore(folders).load(SPECS)


def assert_holds(folder, truth, specs=SPECS):
    loaded = RunStore(folder).load(specs)
    assert (loaded.missing, loaded.quarantined) == ((), ())
    pd.testing.assert_frame_equal(loaded.table, truth.table, check_exact=True)
    pd.testing.assert_frame_equal(loaded.provenance, truth.provenance, check_exact=True)


def contents(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != ".partial")


def test_compaction_changes_no_answer(folders, truth):
    assert RunStore(folders).compact() == compaction.Compaction(folders=30, packs=0, into=1)
    assert contents(folders) == ["packs", "store.json"]
    assert_holds(folders, truth)
    reversed_table = RunStore(folders).load(SPECS[::-1]).table
    runs = [truth.table[truth.table["run"] == spec.identity] for spec in SPECS[::-1]]
    pd.testing.assert_frame_equal(reversed_table, pd.concat(runs, ignore_index=True), check_exact=True)
    store = RunStore(folders)
    assert store.has(SPECS[3])
    assert [spec for spec in SPECS if store.diverged(spec)] == SPECS[::10]
    assert status(SPECS, store).done == tuple(SPECS)
    assert store.lacking([*SPECS, made_up(31)[-1][0]]) == (made_up(31)[-1][0],)


def test_runs_come_from_folders_and_packs_alike(folders, truth):
    store = RunStore(folders)
    store.compact(SPECS[5:20:2])
    assert len(contents(folders)) == 22 + 2
    assert_holds(folders, truth)
    assert store.compact() == compaction.Compaction(folders=22, packs=1, into=1)
    assert store.compact() == compaction.Compaction(folders=0, packs=0, into=0)
    assert len([*store.runs.packs]) == 1
    assert_holds(folders, truth)


def test_a_run_in_a_pack_is_not_written_again(folders, truth):
    RunStore(folders).compact()
    RunStore(folders).write_many(made_up(30))
    assert contents(folders) == ["packs", "store.json"]
    assert_holds(folders, truth)


def test_equal_runs_make_equal_packs(folders, tmp_path):
    RunStore(tmp_path / "other").write_many(made_up(30)[::-1])
    for folder in (folders, tmp_path / "other"):
        RunStore(folder).compact()
    assert [*PackFolder(folders)] == [*PackFolder(tmp_path / "other")]


def test_a_pack_holds_no_more_than_it_may(folders, truth, monkeypatch):
    monkeypatch.setattr(compaction, "RUNS", 8)
    assert RunStore(folders).compact().into == 4
    assert_holds(folders, truth)


def test_others_read_packs(folders, truth):
    RunStore(folders).compact()
    path = str(folders / "packs" / "*.parquet")
    count, total = duckdb.sql(f"""
        select count(distinct run), sum(value) from (select run, unnest(quantity) quantity, unnest(value) as value
        from read_parquet('{path}')) where quantity = 'loss'
    """).fetchall()[0]
    losses = truth.table.loc[truth.table["quantity"] == "loss", "value"]
    assert (count, total) == (30, pytest.approx(losses.sum()))


class Crash(BaseException):
    """The process dies here, and cleans up nothing."""


def crashing_at(monkeypatch, step):
    """Die at some step of writing, removing or renaming."""
    left = iter(range(step))

    def dying(function):
        def call(*arguments, **settings):
            if next(left, None) is None:
                raise Crash
            return function(*arguments, **settings)

        return call

    for target, name in ((Path, "open"), (Path, "rename"), (Path, "replace"), (Path, "unlink"), (shutil, "rmtree")):
        monkeypatch.setattr(target, name, dying(getattr(target, name)))


def test_a_crash_at_any_moment_loses_nothing_and_doubles_nothing(tmp_path):
    runs = made_up(4)
    specs = [run[0] for run in runs]
    for step in range(200):
        folder = tmp_path / str(step)
        store = RunStore(folder)
        store.write_many(runs[:2])
        store.compact()
        store.write_many(runs[2:])
        truth = RunStore(folder).load(specs)
        with pytest.MonkeyPatch.context() as patch:
            crashing_at(patch, step)
            try:
                done = RunStore(folder).compact()
            except Crash:
                done = None
        assert_holds(folder, truth, specs)
        RunStore(folder).compact()
        assert contents(folder) == ["packs", "store.json"]
        assert len([*PackFolder(folder)]) == 1
        assert_holds(folder, truth, specs)
        if done is not None:
            break
    assert done is not None
    assert step > 8


def test_compactions_readers_and_writers_go_on_at_once(folders, truth, monkeypatch):
    monkeypatch.setattr(compaction, "RUNS", 8)
    monkeypatch.setattr(packs, "RUNS", 8)
    late = made_up(60)[30:]

    def write(start):
        for run in late[start::2]:
            RunStore(folders).write(*run)

    def compact(_):
        for _ in range(4):
            RunStore(folders).compact()

    def read(_):
        for _ in range(8):
            assert_holds(folders, truth)
            assert RunStore(folders).lacking(SPECS) == ()

    with ThreadPoolExecutor(6) as pool:
        jobs = [pool.submit(job, number) for job in (write, compact, read) for number in range(2)]
        assert [job.result() for job in jobs] == [None] * 6
    RunStore(folders).compact()
    assert_holds(folders, truth)
    table = RunStore(folders).load([run[0] for run in made_up(60)]).table
    assert table.groupby("run").size().tolist() == [12] * 60


def test_checkpoints_of_finished_runs_are_swept(folders):
    RunStore(folders).compact(SPECS[:1])
    for spec in (*SPECS[:2], made_up(31)[-1][0]):
        (folders / "work" / spec.identity / "40").mkdir(parents=True)
    RunStore(folders).prepare()
    assert contents(folders / "work") == [made_up(31)[-1][0].identity]


def test_page_checksums_serve_other_readers_of_packs(folders):
    RunStore(folders).compact()
    (path,) = (folders / "packs").iterdir()
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(data)
    with pytest.raises(OSError, match="CRC"):
        pq.read_table(path, page_checksum_verification=True)
