"""A record is read as it was written, or is none."""

import json
from dataclasses import asdict

import pytest

from spectra.engines.progress_record import RECORD_FORMAT
from spectra.engines.under_way import under_way
from spectra.training.sealed_json import sealed
from tests.engines.planted_records import AFAR, SPECS, names, planted

GARBAGE = {
    "empty": b"",
    "half": b'{"format": 1, "maker"',
    "binary": bytes(range(256)),
    "no record": b"[]",
    "not sealed": b'{"format": 1}',
    "sealed, but nothing in it": sealed({"format": RECORD_FORMAT}),
    "no number of a format": sealed({"format": "one"}),
    "fields of no record": sealed({"format": 1, "maker": {}, "runs": [], "losses": [], "x": 1}),
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("kind", GARBAGE)
def test_garbage_is_no_record_and_is_removed(tmp_path, kind):
    path = planted(tmp_path)
    path.write_bytes(GARBAGE[kind])
    assert under_way(tmp_path) == ()
    assert names(tmp_path) == []


def test_a_record_of_a_newer_version_is_left_out_and_left_alone(tmp_path):
    path = planted(tmp_path)
    path.write_bytes(sealed({"format": RECORD_FORMAT + 1, "anything": 1}))
    assert under_way(tmp_path) == ()
    assert names(tmp_path) == [path.name]


def test_files_of_others_are_not_touched(tmp_path):
    planted(tmp_path)
    (tmp_path / "work" / SPECS[0].identity).mkdir()
    (tmp_path / "work" / "notes.json").write_text("mine")
    assert len(under_way(tmp_path)) == 1
    assert len(names(tmp_path)) == 3


def test_records_are_plain_json(tmp_path):
    content = json.loads(planted(tmp_path).read_text())
    assert content["maker"] == asdict(AFAR)
    assert "alive" not in content
