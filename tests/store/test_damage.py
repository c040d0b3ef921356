"""What is damaged is found, kept aside, reported, and made again; what cannot be written is explained."""

import errno
import io
import json
import os
from itertools import islice
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from spectra.store.run_folder import MEASUREMENTS, RUN, SPEC, verified
from spectra.sweeps import RunStore, serial, status, sweep
from spectra.training import run
from spectra.training.sealed_json import sealed, unsealed
from tests.store.test_store import facts, stored
from tests.sweeps.fake_data import tiny

FILES = (SPEC, MEASUREMENTS, RUN)


def silent(path, versions, read):
    """How many of some versions of a file are read without a complaint."""
    count = 0
    for version in versions:
        path.write_bytes(version)
        try:
            read()
            count += 1
        except ValueError:
            pass
    return count


def flips(data, stride=5):
    # A stride that has no factor in common with 8: all positions in a byte, and with 5 one or two bits of every byte.
    for place in range(0, 8 * len(data), stride):
        byte, bit = divmod(place, 8)
        yield data[:byte] + bytes([data[byte] ^ 1 << bit]) + data[byte + 1 :]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("stride", [61, pytest.param(5, marks=pytest.mark.slow)])
def test_a_flip_in_any_byte_and_a_cut_at_any_length_is_found(tmp_path, name, stride):
    stored(tmp_path, tiny())
    folder = tmp_path / tiny().identity
    data = (folder / name).read_bytes()
    cuts = (data[:length] for length in range(0, len(data), stride // 5))
    assert silent(folder / name, flips(data, stride), lambda: verified(folder, tiny().identity)) == 0
    assert silent(folder / name, cuts, lambda: verified(folder, tiny().identity)) == 0
    (folder / name).write_bytes(data)
    assert not verified(folder, tiny().identity).diverged


def test_a_flip_in_any_byte_of_the_store_file_is_found(tmp_path):
    RunStore(tmp_path).prepare()
    path = tmp_path / "store.json"
    assert silent(path, flips(path.read_bytes()), lambda: RunStore(tmp_path)) == 0


def test_other_readers_of_the_parquet_file_can_find_damage_too(tmp_path):
    stored(tmp_path, tiny())
    data = (tmp_path / tiny().identity / MEASUREMENTS).read_bytes()
    truth = pq.read_table(io.BytesIO(data)).to_pydict()
    group = pq.ParquetFile(io.BytesIO(data)).metadata.row_group(0)
    last = group.column(group.num_columns - 1)
    pages, found = last.data_page_offset + 60, 0  # headers included, and into the last page
    for flipped in islice(flips(data), pages * 8 // 5):
        try:
            assert pq.read_table(io.BytesIO(flipped), page_checksum_verification=True).to_pydict() == truth
        except (OSError, ValueError, NotImplementedError):
            found += 1
    assert found > pages


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["flipped", "truncated", "empty", "missing", "folder"])
def test_a_damaged_run_is_set_aside_reported_and_made_again(tmp_path, name, damage):
    spec = tiny()
    truth = stored(tmp_path, spec).load([spec]).table
    path = tmp_path / spec.identity / name
    data = path.read_bytes()
    path.unlink()
    if damage == "folder":
        path.mkdir()
    elif damage != "missing":
        path.write_bytes({"flipped": data[:40] + b"#" + data[41:], "truncated": data[:-9], "empty": b""}[damage])
    store = RunStore(tmp_path)
    loaded = store.load([spec])
    (quarantined,) = loaded.quarantined
    assert loaded.missing == (spec,)
    assert quarantined.run == spec.identity
    assert name in quarantined.reason
    assert quarantined.folder == tmp_path / "quarantine" / f"{spec.identity}-1"
    assert (quarantined.folder / (RUN if name != RUN else SPEC)).exists()
    assert status([spec], store).quarantined == (spec,)
    assert [outcome.error for outcome in sweep([spec], store, serial())] == [None]
    assert status([spec], store).done == (spec,)
    pd.testing.assert_frame_equal(store.load([spec]).table, truth, check_exact=True)


def test_quarantine_keeps_everything(tmp_path):
    for _ in range(3):
        stored(tmp_path, tiny())
        (tmp_path / tiny().identity / RUN).write_bytes(b"{}")
        assert not RunStore(tmp_path).has(tiny())
    names = [f"{tiny().identity}-{n}" for n in (1, 2, 3)]
    kept = {path.name for path in (tmp_path / "quarantine").iterdir()}
    assert kept == {*names, *(f"{name}.txt" for name in names)}


def test_a_run_under_the_name_of_another_is_damaged(tmp_path):
    stored(tmp_path, tiny(1))
    (tmp_path / tiny(1).identity).rename(tmp_path / tiny(2).identity)
    assert tiny(1).identity in RunStore(tmp_path).load([tiny(2)]).quarantined[0].reason


def test_a_damaged_run_in_a_store_that_cannot_be_written_is_reported(tmp_path, monkeypatch):
    stored(tmp_path, tiny())
    (tmp_path / tiny().identity / RUN).write_bytes(b"")
    monkeypatch.setattr(Path, "rename", failing_after(0, Path.rename, errno.EROFS))
    store = RunStore(tmp_path)
    assert "could not be moved" in store.load([tiny()]).quarantined[0].reason
    with pytest.raises(OSError, match="read-only"):
        store.write(tiny(), run(tiny()), facts(tiny()))


def test_a_store_of_a_newer_format_is_refused(tmp_path):
    (tmp_path / "store.json").write_bytes(sealed({"format": 7, "created_by": "spectra 9.1"}))
    with pytest.raises(ValueError, match=r"format 7, created by spectra 9\.1; .* formats up to 2"):
        RunStore(tmp_path)


def test_sealed_values_return():
    content = {"a": [1, 2.5, None, "ü"], "b": {"c": True}}
    assert unsealed(sealed(content)) == content
    for other in (b"", b"[]", b"1", b"{}", b'{"digest": 1}', json.dumps(content).encode(), b"\xff", b"[" * 100_000):
        with pytest.raises(ValueError, match="digest"):
            unsealed(other)


@pytest.mark.parametrize("place", ["runs", "runs/deeper"])
def test_a_file_in_place_of_the_folder_is_named(tmp_path, place):
    (tmp_path / "runs").write_text("")
    with pytest.raises(OSError, match=r"runs.*a file stands where a folder is needed"):
        RunStore(tmp_path / place).prepare()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="permissions do not bind the superuser")
def test_a_folder_without_permission_is_named(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError, match="no permission"):
        RunStore(tmp_path / "runs").prepare()


def failing_after(count, function, number):
    """A function that fails in its call number `count` + 1, and in all later ones."""
    calls = iter(range(count))

    def failing(*arguments, **settings):
        if next(calls, None) is None:
            raise OSError(number, os.strerror(number), str(arguments[0]))
        return function(*arguments, **settings)

    return failing


@pytest.mark.timeout(30)
def test_deep_or_long_json_that_is_not_as_it_was_written_is_refused_at_once():
    for inner in ("1", ",".join("1" * 10**6)):
        for depth in (900, *range(940, 1000)):
            with pytest.raises(ValueError, match="digest"):
                unsealed(f'{{"a": {"[" * depth}{inner}{"]" * depth}, "digest": "x"}}'.encode())
            inner = "1"
