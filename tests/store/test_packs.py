"""Damage of a pack is found; what is whole in it is kept, and what is lost is named."""

import random
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from spectra.store import packs
from spectra.store.pack_folder import PackFolder
from spectra.store.pack_reading import salvaged, unpacked
from spectra.store.packs import pack, packed, rows
from spectra.store.run_folder import contents
from spectra.sweeps import RunStore, status
from tests.store.made_up_runs import made_up

SPECS = [run[0] for run in made_up(30)]


@pytest.fixture
def store(tmp_path):
    """Thirty runs in one pack."""
    store = RunStore(tmp_path)
    store.write_many(made_up(30))
    store.compact()
    return store


def pack_of(store):
    (path,) = (store.folder / "packs").iterdir()
    return path


def damaged(data, seed):
    """A copy with a bit flipped, a piece cut off or zeroed."""
    draw = random.Random(seed)
    place, kind = draw.randrange(len(data)), draw.randrange(6)
    if kind == 0:
        return data[:place]
    if kind == 1:
        return data[:place] + bytes(len(data[place : place + 100])) + data[place + 100 :]
    return data[:place] + bytes([data[place] ^ 1 << draw.randrange(8)]) + data[place + 1 :]


def faults(count):
    return [pytest.param(count, id=f"{count} faults"), pytest.param(2500, id="2500 faults", marks=pytest.mark.slow)]


@pytest.mark.parametrize("count", faults(150))
def test_no_damage_of_a_pack_changes_a_number(count):
    truth = rows(contents(*run) for run in made_up(8))
    name, data = packed(truth)
    true, kept = {row["run"]: row for row in unpacked(name, data).to_pylist()}, 0
    for seed in range(count):
        wrong = damaged(data, seed)
        if wrong == data:
            continue
        with pytest.raises(ValueError, match="its name"):
            unpacked(name, wrong)
        found = salvaged(wrong).to_pylist()
        assert all(repr(row) == repr(true[row["run"]]) for row in found)
        kept += len(found)
    assert kept > 0.3 * 8 * count


def test_a_damaged_run_in_a_pack_is_set_aside_and_the_others_stay(store, monkeypatch):
    truth = store.load(SPECS).table
    monkeypatch.setattr(packs, "GROUP", 5)
    old = pack_of(store)
    grouped = old.with_name(store.runs.packs.add(unpacked(old.name, old.read_bytes())))
    old.unlink()
    data = grouped.read_bytes()
    grouped.write_bytes(data[:300] + bytes(200) + data[500:])
    loaded = RunStore(store.folder).load(SPECS)
    assert 0 < len(loaded.missing) <= 5
    assert {entry.run for entry in loaded.quarantined} == {spec.identity for spec in loaded.missing}
    assert f"{30 - len(loaded.missing)} of its runs are whole" in loaded.quarantined[0].reason
    assert loaded.quarantined[0].folder == store.folder / "quarantine" / f"{grouped.name}-1"
    kept = truth[~truth["run"].isin([spec.identity for spec in loaded.missing])].reset_index(drop=True)
    pd.testing.assert_frame_equal(loaded.table, kept, check_exact=True)
    again = RunStore(store.folder)
    assert status(SPECS, again).quarantined == loaded.missing
    again.write_many([run for run in made_up(30) if run[0] in loaded.missing])
    pd.testing.assert_frame_equal(RunStore(store.folder).load(SPECS).table, truth, check_exact=True)


@pytest.mark.parametrize("content", [b"", b"garbage" * 99, None])
def test_a_pack_of_which_nothing_is_left_costs_its_runs_and_no_more(store, content):
    path = pack_of(store)
    path.write_bytes(path.read_bytes()[:50] if content is None else content)
    store.write_many(made_up(31)[-1:])
    later = RunStore(store.folder)
    assert later.lacking([*SPECS, made_up(31)[-1][0]]) == tuple(SPECS)
    assert (store.folder / "quarantine" / f"{path.name}-1").exists()
    later.write_many(made_up(30))
    assert later.lacking(SPECS) == ()


def test_a_damaged_pack_that_cannot_be_moved_is_read_as_far_as_it_is_whole(store, monkeypatch):
    path = pack_of(store)
    data = path.read_bytes()
    path.write_bytes(data[:-1] + b"?")
    monkeypatch.setattr(Path, "mkdir", fails)
    read_only = RunStore(store.folder)
    assert read_only.lacking(SPECS) == tuple(SPECS)
    path.write_bytes(data[:200] + b"?" + data[201:])
    read_only = RunStore(store.folder)
    lost = read_only.lacking(SPECS)
    loaded = read_only.load(SPECS)
    assert loaded.missing == lost
    assert 0 < len(lost) <= 30
    assert all("could not be moved" in entry.reason for entry in loaded.quarantined)


def fails(*_, **__):
    raise PermissionError(13, "Permission denied")


def test_other_files_among_the_packs_are_left_alone(store):
    for name in ("notes.txt", "mine.parquet", f"{'0' * 64}.parquet.part"):
        (store.folder / "packs" / name).write_bytes(b"?")
    assert len([*PackFolder(store.folder)]) == 1
    assert RunStore(store.folder).lacking(SPECS) == ()


def test_a_pack_for_an_outbox_is_that_of_the_runs():
    name, data = pack(made_up(3))
    assert sorted(unpacked(name, data)["run"].to_pylist()) == sorted(spec.identity for spec in SPECS[:3])
    with pytest.raises(ValueError, match="one row of the quantity diverged"):
        pack([(spec, table[:-1], facts) for spec, table, facts in made_up(1)])


def test_a_run_given_twice_is_packed_once():
    name, data = pack(made_up(2) * 2)
    assert unpacked(name, data).num_rows == 2


def test_a_pack_that_is_gone_holds_nothing(store):
    assert store.runs.packs.runs(f"{'0' * 64}.parquet") == frozenset()
    assert store.runs.packs.read(f"{'0' * 64}.parquet") is None


def test_a_run_that_does_not_match_its_own_digest_is_not_packed(store):
    table = rows([])
    forged = rows(contents(*run) for run in made_up(1))
    place = table.schema.get_field_index("digest")
    forged = forged.set_column(place, table.schema.field(place), pa.array([b"?"]))
    with pytest.raises(ValueError, match="a run that does not match its own digest"):
        store.runs.packs.add(forged)
    assert [*store.folder.glob(".partial/*")] == []
