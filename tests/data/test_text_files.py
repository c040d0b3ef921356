import numpy as np
import pytest

from spectra.data.fixed_order import fixed_order
from spectra.data.text_files import TextFiles

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def text_of(tokens, alphabet):
    return "".join(alphabet[token] for token in tokens)


def test_windows_of_both_parts_come_back_in_the_fixed_order(tmp_path):
    text = "".join(np.random.default_rng(0).choice(list(LETTERS), 1000))
    (tmp_path / "a.txt").write_text(text)
    dataset = TextFiles(str(tmp_path / "a.txt"), 20, 10, test_examples=3, held_out=0.2).load()
    for inputs, targets, part, count in (
        (dataset.inputs, dataset.targets, text[:800], 20),
        (dataset.test_inputs, dataset.test_targets, text[800:], 3),
    ):
        starts = 10 * fixed_order((len(part) - 1) // 10, 0, count)
        assert [text_of(row, LETTERS) for row in inputs] == [part[start : start + 10] for start in starts]
        assert [text_of(row, LETTERS) for row in targets] == [part[start + 1 : start + 11] for start in starts]
    assert dataset.outputs == 26


def test_all_windows_together_are_the_text(tmp_path):
    (tmp_path / "a.txt").write_text(LETTERS * 4)
    dataset = TextFiles(str(tmp_path), 17, 3, held_out=0.5).load()  # 52 characters hold 17 windows and one more
    rows = sorted(text_of(row, LETTERS) for row in dataset.inputs)
    assert rows == sorted((LETTERS * 2)[start : start + 3] for start in range(0, 51, 3))
    assert len(dataset.test_inputs) == 17


def test_characters_of_all_scripts_are_one_token_each(tmp_path):
    text = "Ελλάδα 日本 🙂e\u0301" * 20
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    dataset = TextFiles(str(tmp_path / "a.txt"), 10, 4, test_examples=2).load()
    alphabet = sorted(set(text))
    assert dataset.outputs == len(alphabet)
    assert all(text_of(row, alphabet) in text for row in dataset.inputs)


def test_bytes_of_anything_are_tokens(tmp_path):
    content = np.random.default_rng(0).integers(0, 256, 500, dtype=np.uint8).tobytes()
    (tmp_path / "a.dat").write_bytes(content)
    dataset = TextFiles(str(tmp_path / "a.dat"), 8, 5, unit="bytes").load()
    assert dataset.outputs == 256
    assert all(bytes(row.tolist()) in content for row in dataset.inputs)


def test_files_of_a_folder_are_joined_in_the_order_of_their_names(tmp_path):
    for name, content in (("b.txt", "ca"), ("a/z.txt", "ab"), ("c.txt", "cb"), ("a/z.md", "xx")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    whole = [TextFiles(str(tmp_path), 1, 2, held_out=0.5, unit=unit).load() for unit in ("characters", "bytes")]
    assert text_of(whole[0].inputs[0], "abc") == "ab"
    assert bytes(whole[1].inputs[0].tolist()) == b"ab"
    assert bytes(whole[1].test_targets[0].tolist()) == b"cb"


def test_line_ends_stay_and_a_byte_order_mark_goes(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbf" + b"a\r\nb\n" * 10)
    assert TextFiles(str(tmp_path / "a.txt"), 3, 2).load().outputs == 4


def test_the_vocabulary_does_not_depend_on_the_windows_used(tmp_path):
    (tmp_path / "a.txt").write_text(LETTERS * 10)
    assert TextFiles(str(tmp_path), 1, 1, test_examples=1).load().outputs == 26


def test_characters_that_only_the_test_windows_have_are_refused_by_name(tmp_path):
    (tmp_path / "a.txt").write_text("abc" * 30 + "abéab🙂abcé")
    with pytest.raises(ValueError, match=r"has 3 characters that its train part does not have: 'é', '🙂'; set unit"):
        TextFiles(str(tmp_path), 5, 10, held_out=11 / 101).load()
    assert TextFiles(str(tmp_path), 5, 10, unit="bytes").load().outputs == 256


def test_one_character_alone_teaches_nothing(tmp_path):
    (tmp_path / "a.txt").write_text("a" * 100)
    with pytest.raises(ValueError, match="has only the character 'a'; it needs two or more"):
        TextFiles(str(tmp_path), 5, 2).load()


@pytest.mark.parametrize("unit", ["characters", "bytes"])
@pytest.mark.parametrize(("content", "count"), [("", 0), ("abcdefghij", 9)])
def test_a_text_shorter_than_a_window_is_refused(tmp_path, unit, content, count):
    (tmp_path / "a.txt").write_text(content)
    with pytest.raises(ValueError, match=f"the train part of .* has {count} tokens, fewer than .* context . 1 = 11"):
        TextFiles(str(tmp_path), 5, 10, unit=unit).load()


def test_more_windows_than_there_are_are_refused(tmp_path):
    (tmp_path / "a.txt").write_text(LETTERS * 4)
    with pytest.raises(ValueError, match=r"train_examples asks for 32 windows of 3 tokens in .*, and there are 31"):
        TextFiles(str(tmp_path), 32, 3).load()


def test_what_is_not_utf8_is_named_with_its_place(tmp_path):
    (tmp_path / "a.txt").write_bytes("naïve".encode("latin-1") * 20)
    with pytest.raises(ValueError, match=r"a.txt is not text in UTF-8: .* at byte 2; convert it, or set unit"):
        TextFiles(str(tmp_path), 5, 2).load()


def test_a_huge_file_of_bytes_opens_at_once(tmp_path):
    with (tmp_path / "a.txt").open("wb") as file:
        file.truncate(10**12)
    assert TextFiles(str(tmp_path), 4, 8, test_examples=4, unit="bytes").load().inputs.sum() == 0


def test_the_checksum_pins_the_text(tmp_path):
    (tmp_path / "a.txt").write_text(LETTERS * 4)
    path = str(tmp_path / "a.txt")
    pinned = TextFiles(path, 5, 2, sha256=TextFiles(path, 5, 2).checksum())
    assert len(pinned.load().inputs) == 5
    (tmp_path / "a.txt").write_text(LETTERS * 5)
    with pytest.raises(ValueError, match="SHA-256"):
        pinned.load()


def test_missing_text_is_said_with_what_to_pass(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"looked for text in files that end in \.txt; pass path= a text file"):
        TextFiles(str(tmp_path / "none"), 5, 2).load()
    (tmp_path / "a.md").touch()
    with pytest.raises(
        FileNotFoundError, match=r"no text in files that end in \.txt in .* which has a\.md; pass path="
    ):
        TextFiles(str(tmp_path), 5, 2).load()


@pytest.mark.parametrize("held_out", [0, 1])
def test_parts_are_neither_nothing_nor_all(held_out):
    with pytest.raises(ValueError, match="held_out"):
        TextFiles("a.txt", 5, 2, held_out=held_out)
