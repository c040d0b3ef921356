"""Stores of every format that was ever written still open."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from spectra.sweeps import RunStore
from spectra.training.sealed_json import unsealed

FIRST = Path(__file__).parents[1] / "fixtures" / "store_of_format_1"


@dataclass(frozen=True)
class Stored:
    """What a store asks of a spec; a spec of today would have another identity than one of that time."""

    identity: str

    def columns(self) -> dict[str, Any]:
        return {"seed": self.identity[:2]}


CONVERGED, DIVERGED, FAILED = map(Stored, ("37d7f19f4249d4d6", "f998b23d0fca40af", "935fd6057be8cae5"))
ALL = [DIVERGED, CONVERGED, FAILED]


@pytest.fixture
def store(tmp_path):
    shutil.copytree(FIRST, tmp_path / "store")
    return RunStore(tmp_path / "store")


def number(store):
    return unsealed((store.folder / "store.json").read_bytes())["format"]


def test_the_first_format_is_read(store):
    loaded = store.load(ALL)
    assert loaded.missing == (FAILED,)
    assert loaded.failures["error"].tolist() == ["RuntimeError: there are no data today"]
    assert loaded.table.groupby("run", sort=False).size().to_dict() == {DIVERGED.identity: 7, CONVERGED.identity: 14}
    ends = loaded.table[loaded.table["quantity"] == "diverged"].set_index("run")["value"]
    assert ends.to_dict() == {DIVERGED.identity: 1.0, CONVERGED.identity: 0.0}
    assert [store.diverged(spec) for spec in ALL] == [True, False, False]
    assert number(store) == 1


def test_facts_that_were_not_recorded_then_are_missing(store):
    facts = store.load(ALL).provenance
    assert facts["seconds"].tolist() == [1.5, 1.5]
    assert facts[["members", "memory", "engine"]].isna().all(axis=None)


def test_the_first_format_becomes_the_second_with_its_first_pack(store):
    before = store.load(ALL)
    store.prepare()
    assert number(store) == 1
    assert store.compact().folders == 2
    assert number(store) == 2
    after = RunStore(store.folder).load(ALL)
    pd.testing.assert_frame_equal(after.table, before.table, check_exact=True)
    pd.testing.assert_frame_equal(after.provenance, before.provenance, check_exact=True)
    assert after.missing == (FAILED,)
