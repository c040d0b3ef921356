"""Runs and packs that a stranger forged, with digests that match: what they hold is held against types and sizes."""

import hashlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spectra.store import bounded_parquet
from spectra.store.packs import pack, packed, rows
from spectra.store.run_folder import MEASUREMENTS, RUN, SCHEMA
from spectra.sweeps import RunStore
from spectra.training.sealed_json import sealed, unsealed
from tests.store.made_up_runs import made_up

RUNS = made_up(3)
SPECS = [run[0] for run in RUNS]
NAME = SPECS[0].identity


@pytest.fixture
def store(tmp_path):
    made = RunStore(tmp_path)
    made.write_many(RUNS)
    return made


def forge_run(store, table, **changes):
    """The first run with other measurements, and digests that match."""
    folder = store.folder / NAME
    pq.write_table(table, folder / MEASUREMENTS)
    facts = {**unsealed((folder / RUN).read_bytes()), **changes}
    if "sha256" not in changes:
        facts["sha256"][MEASUREMENTS] = hashlib.sha256((folder / MEASUREMENTS).read_bytes()).hexdigest()
    (folder / RUN).write_bytes(sealed(facts))


ONE = {"step": [0], "quantity": ["loss"], "index": [0], "value": [1.0]}


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"step": [0]}),
        pa.table({**ONE, "value": [[1.0]]}),
        pa.table({**ONE, "more": [b""]}),
        pa.table({**ONE, "value": pa.ExtensionArray.from_storage(pa.uuid(), pa.array([bytes(16)], pa.binary(16)))}),
        pa.table(ONE, pa.schema([*list(SCHEMA)[:3], pa.field("value", pa.float32())])),
    ],
)
def test_measurements_of_other_types_are_damage(store, table):
    forge_run(store, table)
    loaded = RunStore(store.folder).load(SPECS)
    assert "must have step, quantity, index, value of known types" in loaded.quarantined[0].reason
    assert loaded.missing == (SPECS[0],)


@pytest.mark.parametrize("changes", [{"provenance": None}, {"sha256": []}, {"diverged": "no"}, {"run": [NAME]}])
def test_a_record_of_other_values_is_damage(store, changes):
    forge_run(store, pa.table(ONE, SCHEMA), **changes)
    loaded = RunStore(store.folder).load(SPECS)
    assert "it is no record of a run" in loaded.quarantined[0].reason


def test_a_few_bytes_do_not_unpack_to_gigabytes(store, monkeypatch):
    word = pa.DictionaryArray.from_arrays(pa.array([0] * 3000, pa.int32()), pa.array(["x" * 10**6]))
    numbers = pa.array([0] * 3000)
    table = pa.table([numbers, word, numbers, numbers.cast(pa.float64())], SCHEMA.names)
    forge_run(store, table)
    assert (store.folder / NAME / MEASUREMENTS).stat().st_size < 10**5
    monkeypatch.setattr(bounded_parquet, "MOST_BYTES", 10**9)
    reason = RunStore(store.folder).load(SPECS).quarantined[0].reason
    assert "unpacks to 300" in reason
    assert "at most 1000000000 are read" in reason


def test_more_rows_than_can_be_held_are_not_read(store, monkeypatch):
    monkeypatch.setattr(bounded_parquet, "MOST_ROWS", 11)
    assert "it has 12 rows, and at most 11" in RunStore(store.folder).load(SPECS[:1]).quarantined[0].reason


def test_a_pack_of_something_else_is_set_aside(store):
    for table in (pa.table({"run": [NAME]}), rows([]).append_column("more", pa.array([], pa.int8()))):
        data = pa.BufferOutputStream()
        pq.write_table(table, data)
        content = data.getvalue().to_pybytes()
        path = store.folder / "packs" / f"{hashlib.sha256(content).hexdigest()}.parquet"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        assert RunStore(store.folder).load([*SPECS, made_up(5)[4][0]]).missing == (made_up(5)[4][0],)
        assert not path.exists()


def test_lists_of_unequal_lengths_in_a_pack_are_damage(tmp_path):
    name, data = pack(RUNS[:1])
    table = pq.read_table(pa.BufferReader(data))
    place = table.schema.get_field_index("value")
    name, data = packed(
        table.set_column(place, table.schema.field(place), pa.array([[1.0]], table.schema.field(place).type))
    )
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs" / name).write_bytes(data)
    assert RunStore(tmp_path).load(SPECS[:1]).missing == (SPECS[0],)
    assert "columns of different lengths" in next((tmp_path / "quarantine").glob("*.txt")).read_text()
