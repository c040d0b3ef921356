"""Tables for `spectra verdict` and `compare` that are damaged, or hold what is no number: refused with the place."""

import gzip
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spectra.cli.verdict_files import Wanted
from spectra.cli.verdict_tables import read_table

WANTED = Wanted(("loss",), "width")
TABLE = pd.DataFrame(
    [
        {"run": f"{width}-{seed}", "width": width, "seed": seed, "rate": 1.0, "step": step, "quantity": "loss",
         "index": 0, "value": 1 / (step + 1)}
        for width in (8, 16, 32) for seed in range(3) for step in range(4)
    ]
)  # fmt: skip
TEXT = TABLE.to_csv(index=False)
ZIPPED = gzip.compress(TEXT.encode(), mtime=0)


def refusal(path, data):
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r".") as caught:
        read_table(path, WANTED)
    assert str(caught.value).startswith(f"{path}: ")
    return str(caught.value)


@pytest.mark.parametrize(
    "data", [ZIPPED[:-30], ZIPPED[:20], ZIPPED[:60] + b"\xff\xff" + ZIPPED[62:], ZIPPED[:-6] + b"\0" * 6, TEXT.encode()]
)
def test_a_gzip_file_that_is_cut_off_or_damaged_is_refused(tmp_path, data):
    assert "is no complete gzip file" in refusal(tmp_path / "runs.csv.gz", data)


HEAD, *ROWS = TEXT.splitlines()


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([HEAD, *(f"{row}," for row in ROWS)], "rows have more cells than the head line"),
        ([f"{HEAD},value", *(f"{row},7" for row in ROWS)], "has the column 'value' more than once"),
        ([HEAD.replace("rate", "ra\0te"), *ROWS], "holds zero bytes"),
        ([HEAD, ROWS[0].replace("8-0", "8\0-0"), *ROWS[1:]], "holds zero bytes"),
        ([HEAD.replace("rate", "ra\x07te"), *ROWS], r"the name of the column 'ra\\x07te' has control characters"),
        ([HEAD, ROWS[0].replace("8-0", "\x1b[2J"), *ROWS[1:]], r"run is '\\x1b\[2J' in some row, which has control"),
        (
            [HEAD, *(row.replace(",2,1.0,", ",1e300,1.0,") for row in ROWS)],
            "seed is 1e.300 in some row; every row needs a whole number of at most",
        ),
    ],
)
def test_what_would_shift_or_merge_numbers_is_refused(tmp_path, lines, told):
    assert re.search(told, refusal(tmp_path / "runs.csv", "\n".join(lines).encode() + b"\n"))


def test_a_last_line_that_does_not_end_is_told(tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text(TEXT)
    assert read_table(path, WANTED)[1] == []
    path.write_text(TEXT[:-5])
    assert read_table(path, WANTED)[1] == [
        "runs.csv does not end with a line break; its last number may be cut off.",
    ]


def parquet(table):
    place = pa.BufferOutputStream()
    pq.write_table(table, place)
    return place.getvalue().to_pybytes()


def replaced(name, cells):
    table = pa.Table.from_pandas(TABLE)
    return table.set_column(table.schema.get_field_index(name), name, cells)


COUNT = len(TABLE)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (pa.Table.from_pandas(TABLE).append_column("host", pa.array([["a"]] * COUNT)), "'host' is a column of list<"),
        (replaced("value", pa.array([0] * COUNT).cast(pa.timestamp("ns"))), "'value' is a column of timestamp"),
        (replaced("step", pa.array([b"1"] * COUNT)), "'step' is a column of binary, and must be a number"),
        (
            replaced("quantity", pa.array(["loss", None] * (COUNT // 2))),
            "row 2: quantity is empty; every row needs one",
        ),
        (
            pa.Table.from_pandas(TABLE).append_column("value", pa.array(TABLE["value"])),
            "the column 'value' more than once",
        ),
    ],
)
def test_columns_of_other_kinds_are_refused(tmp_path, table, told):
    assert told in refusal(tmp_path / "runs.parquet", parquet(table))


def test_what_pandas_notes_in_a_parquet_file_is_not_needed(tmp_path):
    path, whole = tmp_path / "runs.parquet", pa.Table.from_pandas(TABLE.set_index("run"))
    for notes in (whole.schema.metadata, {b"pandas": b'{"columns": ['}, {b"pandas": b"\xff"}):
        path.write_bytes(parquet(whole.replace_schema_metadata(notes)))
        table, told = read_table(path, WANTED)
        assert (len(table), told) == (COUNT, [])
    path.write_bytes(parquet(pa.Table.from_pandas(TABLE[TABLE["width"] > 8])))
    table, told = read_table(path, WANTED)
    np.testing.assert_array_equal(table["width"].unique(), [16, 32])
    assert told == []
