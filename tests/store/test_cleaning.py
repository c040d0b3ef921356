"""Only what is meant is deleted, and nothing that somebody is making."""

import shutil

import pandas as pd
import pytest

from spectra.store.claims import claimed
from spectra.store.cleaning import checkpoints, delete, failed, quarantine, unlisted
from spectra.sweeps import RunStore
from tests.store.made_up_runs import made_up
from tests.sweeps.fake_data import tiny

RUNS = made_up(12)
SPECS = [run[0] for run in RUNS]


@pytest.fixture
def store(tmp_path):
    """Twelve finished runs, half of them in a pack, a failed one, a damaged one, and one with a checkpoint."""
    store = RunStore(tmp_path)
    store.write_many(RUNS)
    store.compact(SPECS[:6])
    store.fail(tiny(50), error="?")
    store.write_many(made_up(52)[-1:])
    (tmp_path / tiny(51).identity / "run.json").write_bytes(b"")
    assert not RunStore(tmp_path).has(tiny(51))
    (tmp_path / "work" / tiny(52).identity / "7").mkdir(parents=True)
    (tmp_path / "work" / tiny(52).identity / "7" / "state.json").write_bytes(b"12345")
    return RunStore(tmp_path)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (failed, tiny(50).identity),
        (quarantine, f"{tiny(51).identity}-1"),
        (checkpoints, tiny(52).identity),
    ],
)
def test_of_each_kind_all_is_named_and_deleted_and_nothing_else(store, kind, name):
    before = {path for path in store.folder.rglob("*") if path.is_file()}
    waste = kind(store)
    assert waste.names == (name,)
    assert waste.bytes > 0
    delete(store, [waste])
    gone = before - {path for path in store.folder.rglob("*") if path.is_file()}
    assert {path.parts[len(store.folder.parts)] for path in gone} == {gone.pop().parts[len(store.folder.parts)]}
    assert kind(store).names == ()
    assert RunStore(store.folder).lacking(SPECS) == ()


def test_runs_that_a_recipe_wants_stay(store):
    truth = store.load(SPECS[2:9]).table
    waste = unlisted(store, SPECS[2:9])
    assert set(waste.names) == {spec.identity for spec in (*SPECS[:2], *SPECS[9:])}
    size = sum(
        path.stat().st_size for path in store.folder.rglob("*") if "packs" in str(path) or path.name == "run.json"
    )
    assert 0 < waste.bytes < 3 * size
    delete(store, [waste])
    after = RunStore(store.folder)
    assert after.lacking(SPECS) == (*SPECS[:2], *SPECS[9:])
    pd.testing.assert_frame_equal(after.load(SPECS).table, truth, check_exact=True)
    assert unlisted(after, SPECS[2:9]).names == ()


@pytest.mark.parametrize("run", [SPECS[0], SPECS[11]])
def test_what_a_sweep_is_making_is_not_deleted(store, run):
    with claimed(store.folder, [run.identity]), pytest.raises(ValueError, match=f"making 1 .*{run.identity}"):
        delete(store, [unlisted(store, SPECS[2:9])])
    assert RunStore(store.folder).lacking(SPECS) == ()
    with claimed(store.folder, [SPECS[3].identity]):  # which is not among them
        delete(store, [unlisted(store, SPECS[2:9])])


def test_nothing_is_found_in_a_store_that_is_not_there(tmp_path):
    store = RunStore(tmp_path / "none")
    for waste in (failed(store), quarantine(store), checkpoints(store), unlisted(store, [])):
        assert (waste.names, waste.bytes) == ((), 0)
    assert not (tmp_path / "none").exists()


def test_a_link_is_removed_and_not_followed(store, tmp_path_factory):
    mine = tmp_path_factory.mktemp("mine")
    (mine / "file").write_text("mine")
    shutil.rmtree(store.folder / "work" / tiny(52).identity)
    (store.folder / "work" / tiny(52).identity).symlink_to(mine)
    delete(store, [checkpoints(store)])
    assert (mine / "file").exists()
    assert checkpoints(store).names == ()
