"""Stores that a bad disk or a stranger changed: what is wrong is set aside with a reason, and the rest is read."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from random import Random

import pyarrow.parquet as pq
import torch

from spectra.engines.checkpoints import TIME, Checkpoints
from spectra.engines.under_way import under_way
from spectra.store.claims import held
from spectra.store.outbox import Outbox, collect
from spectra.store.packs import packed, rows
from spectra.store.run_folder import MEASUREMENTS, RUN, SCHEMA, SPEC, contents
from spectra.store.store_format import about
from spectra.sweeps import RunStore, status
from spectra.training import MemberState
from spectra.training.member_state import STATE, TENSORS
from spectra.training.sealed_json import sealed, unsealed
from tests.fuzz.forgeries import forged_table, resealed
from tests.fuzz.mutations import mutated
from tests.fuzz.oracle import refusable
from tests.store.made_up_runs import made_up

RUNS = made_up(4)
SPECS = [run[0] for run in RUNS]
NAME, FAILED = SPECS[0].identity, SPECS[3].identity
FOLDER = contents(*RUNS[0]).files
PACK = rows([contents(*run) for run in RUNS[:3]])
STATE_AT_3 = MemberState(NAME, 3, False, ((0, "loss", 0, 1.5), (1, "loss", 0, 1.0)), {"weights": torch.ones(2)})
CHECKPOINT = {**STATE_AT_3.files(), TIME: sealed({"seconds": 1.5})}
FAILURE = sealed({"run": FAILED, "error": "gone", "traceback": "line 1", "spec": {"seed": 3}})
CLAIMS = sealed({"host": "a", "kernel": "b", "process": 1, "runs": [NAME]})
PROGRESS = {
    "format": 1, "maker": {"host": "a", "machine": "b", "pid": 12, "began": "1"}, "device": "cpu", "runs": [NAME],
    "step": 5,
    "steps": 9, "begun_at": 1, "seconds": 1.5, "losses": [0.5], "writes": 2, "changed": 3.5,
}  # fmt: skip
OTHERS = {
    "store.json": about(),
    f"failed/{FAILED}.json": FAILURE,
    "claims/0123456789abcdef.json": CLAIMS,
    f"work/{NAME}-12-01234567.json": sealed(PROGRESS),
    f"quarantine/{NAME}-1.txt": b"the disk was bad\n0123456789abcdef",
}
"""Files of a store besides runs."""


def run_folder(random: Random, folder: Path) -> None:
    """A run whose bytes are damaged, or that was forged with digests that match."""
    files = dict(FOLDER)
    name = random.choice(list(files))
    if random.random() < 0.3:
        files[name] = mutated(files[name], random)
    else:
        _forge(files, name, random)
    _write(folder, {f"{NAME}/{one}": data for one, data in files.items()})
    _read(folder, most=24)


def pack(random: Random, folder: Path) -> None:
    """A pack whose bytes are damaged, or that was forged under a name that matches."""
    name, data = packed(PACK)
    if random.random() < 0.6:
        data = forged_table(PACK, random)
    if random.random() < 0.5:
        data = mutated(data, random)
    if random.random() < 0.8:
        name = f"{hashlib.sha256(data).hexdigest()}.parquet"
    _write(folder, {f"packs/{name}": data})
    if random.random() < 0.2:
        collect(Outbox(str(folder / "packs")), RunStore(folder / "inside"))
        _read(folder / "inside")
    else:
        _read(folder)


def checkpoint(random: Random, folder: Path) -> None:
    """A state of a run under way: damaged, or forged with digests that match."""
    files = dict(CHECKPOINT)
    name = random.choice(list(files))
    if random.random() < 0.3:
        files[name] = mutated(files[name], random)
    elif name == TENSORS:
        files[TENSORS] = mutated(files[TENSORS], random)
        state = {**unsealed(files[STATE]), "sha256": hashlib.sha256(files[TENSORS]).hexdigest()}
        files[STATE] = sealed(state)
    else:
        files[name] = resealed(files[name], random)
    _write(folder, {f"work/{NAME}/3/{one}": data for one, data in files.items()})
    found = Checkpoints(folder).newest(NAME)
    if found is not None:
        state = found.state
        assert (state.run, state.step, type(state.finished)) == (NAME, 3, bool)
        assert found.seconds >= 0
        assert all(type(row[1]) is str for row in state.rows)


def other_file(random: Random, folder: Path) -> None:
    """A file of a store that is no run: the number of the format, a failure, claims, the reason of a quarantine."""
    name = random.choice(list(OTHERS))
    forged = name.endswith(".json") and random.random() < 0.7
    _write(folder, {name: resealed(OTHERS[name], random) if forged else mutated(OTHERS[name], random)})
    (folder / "quarantine" / f"{NAME}-1").mkdir(parents=True)
    with refusable(folder):
        _read(folder)
        held(folder)
        for record in under_way(folder):
            assert record.fraction >= 0
            assert record.left is None or record.left == record.left


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def _read(folder: Path, most: int = 12) -> None:
    """Whatever a store says is text for people and tables of the types that they must have."""
    store = RunStore(folder)
    told = status(SPECS, store)
    loaded = store.load(SPECS)
    table = loaded.table
    assert table["run"].value_counts().max() <= most or not len(table)
    assert table[["run", "step", "quantity", "index"]].notna().all(axis=None)
    assert not len(table) or (table["step"].dtype, table["index"].dtype, table["value"].dtype) == ("i8", "i8", "f8")
    assert set(table["run"]) <= {spec.identity for spec in SPECS} - {spec.identity for spec in loaded.missing}
    assert loaded.provenance["run"].isin([spec.identity for spec in SPECS]).all()
    loaded.provenance[["seconds", "members", "memory", "threads"]].astype(float)
    texts = loaded.provenance[["finished", "device", "revision", "spectra", "torch", "platform", "engine"]]
    assert texts.map(lambda cell: cell is None or cell != cell or isinstance(cell, str)).all(axis=None)
    said = [one.reason for one in told.damages] + [one.error for one in told.failures]
    assert all(sign.isprintable() or sign in "\n\t" for text in said for sign in text), said


def _forge(files: dict[str, bytes], name: str, random: Random) -> None:
    """Change a file of a run, and write its digest where it belongs."""
    if name == RUN:
        files[RUN] = resealed(files[RUN], random)
        return
    if name == SPEC:
        files[SPEC] = mutated(files[SPEC], random)
    elif random.random() < 0.5:
        files[MEASUREMENTS] = mutated(files[MEASUREMENTS], random)
    else:
        files[MEASUREMENTS] = forged_table(pq.read_table(io.BytesIO(files[MEASUREMENTS]), schema=SCHEMA), random)
    facts = unsealed(files[RUN])
    facts["sha256"][name] = hashlib.sha256(files[name]).hexdigest()
    files[RUN] = sealed(facts)
