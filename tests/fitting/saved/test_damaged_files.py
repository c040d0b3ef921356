"""Good files of every format after a crash, a bad disk or a careless hand: read, or refused in words."""

import json
import time

import numpy as np
import pandas as pd
import pytest

from spectra.fitting.curves import read_curves
from tests.fitting.saved.written import event, scalar

STEPS = range(1, 41)
LOSS = [5 * step**-0.5 for step in STEPS]
TABLE = pd.DataFrame({"step": STEPS, "loss": LOSS, "lr": 0.1})
# What a damage may put into a file.
SPLINTERS = [
    b"nan",
    b"\x00\x00",
    b'"',
    b",,",
    b";",
    b"\n",
    b"\r",
    b"\xff\xfe",
    b"--",
    b"1e999",
    b"{",
    b"]",
    b"-",
    b"\t",
]


def good(kind, path):
    if kind == "csv":
        TABLE.to_csv(path, index=False)
    elif kind == "tsv":
        TABLE.to_csv(path, index=False, sep="\t")
    elif kind == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in TABLE.to_dict("records")))
    elif kind == "json":
        path.write_text(json.dumps({"log_history": TABLE.to_dict("records")}, indent=2))
    elif kind == "parquet":
        TABLE.to_parquet(path, write_page_checksum=True)
    elif kind == "feather":
        TABLE.to_feather(path)
    elif kind == "mlflow":
        path.write_text("".join(f"{1700000000000 + s} {y!r} {s}\n" for s, y in zip(STEPS, LOSS, strict=True)))
    else:
        path.write_bytes(b"".join(event(s, scalar("loss", y)) for s, y in zip(STEPS, LOSS, strict=True)))
    return path.read_bytes()


def damaged(content, generator):
    """The content with one to three of: a cut, a flipped bit, a splinter, lines in another order, another encoding."""
    for _ in range(generator.integers(1, 4)):
        at, kind = int(generator.integers(0, len(content) + 1)), generator.integers(0, 6)
        if kind == 0:
            content = content[:at]
        elif kind == 1 and at < len(content):
            content = content[:at] + bytes([content[at] ^ 1 << int(generator.integers(0, 8))]) + content[at + 1 :]
        elif kind == 2:
            content = content[:at] + SPLINTERS[generator.integers(len(SPLINTERS))] + content[at:]
        elif kind == 3:
            content = b"\n".join(generator.permutation(np.array(content.split(b"\n"), dtype=object)))
        elif kind == 4 and generator.random() < 0.2:
            content = content.decode("latin-1").encode("utf-16")
        elif kind == 5:
            content = content[:at] + content[at + int(generator.integers(1, 30)) :]
    return content


def read_damaged(kind, folder, count):
    path = folder / ("loss" if kind == "mlflow" else f"curve.tfevents.{kind}" if kind == "events" else f"curve.{kind}")
    content, generator = good(kind, path), np.random.default_rng(len(kind))
    assert len(read_curves(path).curves[0].x) == len(STEPS)
    for _ in range(count):
        path.write_bytes(damaged(content, generator))
        start = time.monotonic()
        try:
            curves = read_curves(path).curves
        except ValueError as error:
            assert path.name in str(error)  # noqa: PT017
            continue
        assert time.monotonic() - start < 5
        assert all(np.isfinite(curve.y).all() and (curve.y > 0).all() for curve in curves)
        if kind in ("events", "parquet"):  # their checksums leave no number that was not written
            assert all(np.isin(curve.y, np.float32(LOSS) if kind == "events" else LOSS).all() for curve in curves)


KINDS = ("csv", "tsv", "jsonl", "json", "parquet", "feather", "mlflow", "events")


@pytest.mark.parametrize("kind", KINDS)
def test_some_damaged_files(kind, tmp_path):
    read_damaged(kind, tmp_path, 100)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_ten_thousand_damaged_files(kind, tmp_path):
    read_damaged(kind, tmp_path, 10_000)


def test_a_step_of_mlflow_that_is_cut_off_is_no_step(tmp_path):
    path = tmp_path / "loss"
    path.write_text("1700000000001 5.0 1\n1700000000002 3.0 2\n1700000000003 2.0 32"[:-1])
    (curve,) = read_curves(path).curves
    assert curve.x.tolist() == [1, 2]
    assert "Passed over: a last line that is cut off at line 3." in curve.notes
