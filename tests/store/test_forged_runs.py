"""Runs and packs that a stranger forged, with digests that match: what they hold is held against types and sizes."""

import hashlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spectra.store import bounded_parquet
from spectra.store.packs import pack, packed, rows
from spectra.store.run_folder import MEASUREMENTS, RUN, SCHEMA, contents
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


@pytest.mark.parametrize(
    "changes",
    [
        {"seconds": "long"},
        {"threads": [1]},
        {"memory": 10**400},
        {"device": 7},
        {"device": "\ud800"},
        {"finished": {"a": 1}},
    ],
)
def test_facts_of_other_types_are_damage(store, changes):
    forge_run(store, pa.table(ONE, SCHEMA), provenance={"run": "me", **changes})
    assert f"{next(iter(changes))} is not what it must be" in RunStore(store.folder).load(SPECS).quarantined[0].reason


def test_facts_give_a_run_no_other_name(store):
    forge_run(store, pa.table(ONE, SCHEMA), provenance={"run": "me", "seconds": 1.0, "newer": [1]})
    assert RunStore(store.folder).load(SPECS).provenance["run"].tolist() == [spec.identity for spec in SPECS]


@pytest.mark.parametrize("name", ONE)
def test_empty_cells_are_damage(store, name):
    forge_run(store, pa.table({**ONE, name: [None]}, SCHEMA))
    assert f"its column {name} has empty cells" in RunStore(store.folder).load(SPECS).quarantined[0].reason


def planted(folder, table):
    """A store with one pack, which has the name that its content must have."""
    (folder / "packs").mkdir()
    content = pa.BufferOutputStream()
    pq.write_table(table, content)
    data = content.getvalue().to_pybytes()
    (folder / "packs" / f"{hashlib.sha256(data).hexdigest()}.parquet").write_bytes(data)
    return RunStore(folder)


@pytest.mark.parametrize("name", ["run", "diverged", "spec", "record", "digest", "step", "quantity"])
def test_empty_cells_in_a_pack_are_damage(tmp_path, name):
    table = rows([contents(*run) for run in RUNS])
    place = table.schema.get_field_index(name)
    cells = table[name].to_pylist()
    cells[0] = [None, *cells[0][1:]] if isinstance(cells[0], list) else None
    forged = table.set_column(place, table.schema.field(place), pa.array(cells, table.schema.field(place).type))
    loaded = planted(tmp_path, forged).load(SPECS)
    assert SPECS[0] in loaded.missing
    assert f"its column {name} has empty cells" in next((tmp_path / "quarantine").glob("*.txt")).read_text()


def test_a_pack_that_has_a_run_twice_is_damage(tmp_path):
    table = rows([contents(*run) for run in RUNS])
    loaded = planted(tmp_path, pa.concat_tables([table, table])).load(SPECS)
    assert "more than once" in next((tmp_path / "quarantine").glob("*.txt")).read_text()
    assert not loaded.table.duplicated(["run", "step", "quantity", "index"]).any()


def test_of_a_pack_in_which_nothing_is_whole_nothing_is_loaded(tmp_path):
    table = rows([contents(*RUNS[0])])
    place = table.schema.get_field_index("digest")
    loaded = planted(tmp_path, table.set_column(place, table.schema.field(place), pa.array([b"?"], pa.binary()))).load(
        SPECS
    )
    assert loaded.table["run"].tolist() == []
    assert loaded.missing == tuple(SPECS)


def test_reasons_and_creators_steer_no_terminal(store):
    forge_run(store, pa.table(ONE, SCHEMA), run="\x1b[2J" + NAME)
    assert "the run \\x1b[2J" in RunStore(store.folder).load(SPECS).quarantined[0].reason
    next((store.folder / "quarantine").glob("*.txt")).write_text("\x1b[2Jgone")
    assert RunStore(store.folder).quarantined(SPECS)[0].reason == "\\x1b[2Jgone"
    (store.folder / "store.json").write_bytes(sealed({"format": 9, "created_by": "\x1b[2J"}))
    with pytest.raises(ValueError, match=r"created by \\x1b\[2J;"):
        RunStore(store.folder)
