import pyarrow as pa
import pytest

from spectra.data.fixed_order import fixed_order
from spectra.data.hugging_face_text import HuggingFaceText
from tests.data.written_tables import WRITERS, text_table, write_parquet


@pytest.mark.parametrize("write", WRITERS)
def test_text_comes_back_joined_by_line_breaks(tmp_path, write):
    write(tmp_path, train=text_table(["ab", "", "cd", "é", "fgh", "i"]), test=text_table(["abc", "d"]))
    dataset = HuggingFaceText(str(tmp_path), 6, 2, test_examples=2).load()
    text, test = "ab\n\ncd\né\nfgh\ni", "abc\nd"
    alphabet = sorted(set(text))
    for inputs, targets, whole in (
        (dataset.inputs, dataset.targets, text),
        (dataset.test_inputs, dataset.test_targets, test),
    ):
        starts = 2 * fixed_order((len(whole) - 1) // 2, 0, len(inputs))
        assert ["".join(alphabet[i] for i in row) for row in inputs] == [whole[s : s + 2] for s in starts]
        assert ["".join(alphabet[i] for i in row) for row in targets] == [whole[s + 1 : s + 3] for s in starts]
    assert dataset.outputs == len(alphabet)


def test_the_end_of_one_text_is_held_out(tmp_path):
    write_parquet(tmp_path / "a.parquet", text_table(["abab", "abab", "abab", "ééé"]))
    spec = HuggingFaceText(str(tmp_path / "a.parquet"), 6, 2, unit="bytes", held_out=6 / 21)
    dataset = spec.load()
    assert dataset.outputs == 256
    assert "ab" in bytes(dataset.inputs.flatten().tolist()).decode()
    assert {bytes(row.tolist()) for row in dataset.test_inputs} == {"é".encode()}


def test_a_column_of_numbers_is_no_text(tmp_path):
    write_parquet(tmp_path / "a.parquet", pa.table({"text": [1, 2]}))
    with pytest.raises(ValueError, match=r"'text' of .* has values of type int64; set text to a column of text"):
        HuggingFaceText(str(tmp_path / "a.parquet"), 1, 1).load()
