import pickle
import struct
from contextlib import nullcontext

import pyarrow as pa
import pyarrow.parquet
import pytest

from spectra.data import rows
from spectra.data.fixed_order import fixed_order
from spectra.data.hugging_face_images import HuggingFaceImages
from spectra.data.hugging_face_text import HuggingFaceText
from spectra.data.rows import file_rows
from tests.data.written_files import labels, pixels
from tests.data.written_tables import (
    one_feather_file,
    one_parquet_file,
    one_stream,
    picture_table,
    write_parquet,
    write_stream,
)
from tests.planted import Planted

TRAIN, CLASSES = pixels(9, 4, 4, 3), labels(9, 3)


def test_row_groups_without_a_row_that_is_used_are_not_read(tmp_path):
    table = pa.table({"x": [bytes([n]) * 1000 for n in range(9)]})
    write_parquet(tmp_path / "a.parquet", table, rows=3)
    start = pyarrow.parquet.ParquetFile(tmp_path / "a.parquet").metadata.row_group(1).column(0).data_page_offset
    with (tmp_path / "a.parquet").open("r+b") as file:
        file.seek(start)
        file.write(b"\xff" * 30)
    rows = file_rows([tmp_path / "a.parquet"], "a")
    assert [value[0] for value in rows.at(fixed_order(3, 0, 3) + 6, "x")] == (fixed_order(3, 0, 3) + 6).tolist()
    with pytest.raises(ValueError, match=r"a\.parquet is damaged"):
        rows.at(fixed_order(9, 0, 9), "x")


@pytest.mark.parametrize("write", [one_parquet_file, one_stream, one_feather_file])
@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"x" * 99, lambda b: b[:-1]])
def test_damaged_files_are_refused_by_name(tmp_path, write, damage):
    path = write(tmp_path, picture_table(TRAIN, CLASSES))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=rf"{path.name} cannot be read as (Parquet|Arrow): "):
        HuggingFaceImages(str(path), 3).load()


def test_a_stream_cut_off_between_two_batches_is_no_shorter_one(tmp_path):
    whole, part = picture_table(TRAIN, CLASSES), tmp_path / "part.arrow"
    write_stream(tmp_path / "rows.arrow", whole, rows=3)
    write_stream(part, whole.slice(0, 3), rows=3)
    part.write_bytes((tmp_path / "rows.arrow").read_bytes()[: part.stat().st_size - 8])
    with pytest.raises(ValueError, match="the mark at the end of a stream is missing"):
        HuggingFaceImages(str(part), 1).load()


def test_a_wrong_offset_in_a_mapped_file_is_an_error_and_not_the_end_of_the_process(tmp_path):
    write_stream(tmp_path / "a.arrow", pa.table({"x": [b"12345"] * 3}), rows=3)
    content = (tmp_path / "a.arrow").read_bytes()
    right, wrong = (struct.pack("<4i", 0, 5, middle, 15) for middle in (10, 2**30))
    assert content.count(right) == 1
    (tmp_path / "a.arrow").write_bytes(content.replace(right, wrong))
    with pytest.raises(ValueError, match=r"a\.arrow is damaged in the column 'x': .*out of bounds"):
        file_rows([tmp_path / "a.arrow"], "a").whole("x")


def test_a_file_that_declares_more_rows_than_any_memory_holds_is_refused(tmp_path, monkeypatch):
    pyarrow.parquet.write_table(pa.table({"text": ["a"] * 9}), tmp_path / "a.parquet")
    monkeypatch.setattr(rows, "MOST", 8)
    with pytest.raises(ValueError, match=r"a\.parquet cannot be read as Parquet: its row group 0 has 9 rows, and"):
        HuggingFaceText(str(tmp_path / "a.parquet"), 1, 2).load()


def write_extension(path, name, content):
    marks = {b"ARROW:extension:name": name, b"ARROW:extension:metadata": content}
    schema = pa.schema([pa.field("text", pa.string(), metadata=marks)])
    (write_stream if path.suffix == ".arrow" else write_parquet)(path, pa.table([["to be or not to be"]], schema))


@pytest.mark.filterwarnings("ignore:pyarrow.PyExtensionType is", "ignore:pickle-based")
@pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
@pytest.mark.parametrize("extension", [b"arrow.py_extension_type", b"unknown"])
def test_a_type_that_a_stranger_planted_is_not_unpickled(tmp_path, monkeypatch, name, extension):
    monkeypatch.chdir(tmp_path)
    write_extension(tmp_path / name, extension, pickle.dumps(Planted()))
    refuses = hasattr(pa, "PyExtensionType") and extension != b"unknown"  # as an older pyarrow does
    with pytest.raises(ValueError, match=r"text is needed|set text to a column of text") if refuses else nullcontext():
        assert HuggingFaceText(name, 1, 2, held_out=0.4, unit="bytes").load().outputs == 256
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
def test_text_of_a_type_of_its_own_is_refused(tmp_path, name):
    write_extension(tmp_path / name, b"arrow.json", b"")
    with pytest.raises(ValueError, match=r"has values of type extension<arrow\.json>; set text to a column of text"):
        HuggingFaceText(str(tmp_path / name), 1, 2).load()


def test_a_column_with_other_rows_than_were_announced_is_damaged():
    piece = rows.Piece(3, ("a",), lambda _: pa.chunked_array([[1, 2]]), "file")
    with pytest.raises(ValueError, match="file is damaged in the column 'a': it has 2 rows, and 3 were announced"):
        piece.values("a")
