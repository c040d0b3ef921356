import os

import numpy as np
import pytest

from spectra.data.fixed_order import fixed_order
from spectra.data.token_files import TokenFiles


def write_tokens(folder, train=200, test=60, *, vocabulary=50, dtype="<u2"):
    parts = [np.random.default_rng(n).integers(0, vocabulary, n) for n in (train, test)]
    for name, tokens in zip(("train", "val"), parts, strict=True):
        (folder / f"{name}.bin").write_bytes(tokens.astype(dtype).tobytes())
    return parts


@pytest.mark.parametrize(("bits", "dtype", "vocabulary"), [(16, "<u2", 65536), (32, "<u4", 2**32)])
def test_windows_of_both_files_come_back_in_the_fixed_order(tmp_path, bits, dtype, vocabulary):
    parts = write_tokens(tmp_path, vocabulary=vocabulary, dtype=dtype)
    dataset = TokenFiles(str(tmp_path), 12, 8, vocabulary, test_examples=4, bits=bits).load()
    found = (dataset.inputs, dataset.targets), (dataset.test_inputs, dataset.test_targets)
    for (inputs, targets), tokens, count in zip(found, parts, (12, 4), strict=True):
        starts = 8 * fixed_order((len(tokens) - 1) // 8, 0, count)
        assert inputs.tolist() == [tokens[start : start + 8].tolist() for start in starts]
        assert targets.tolist() == [tokens[start + 1 : start + 9].tolist() for start in starts]
    assert dataset.outputs == vocabulary


def test_huge_files_open_at_once(tmp_path):
    for name in ("train.bin", "val.bin"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(10**13)
    dataset = TokenFiles(str(tmp_path), 1000, 16, 50257, test_examples=10).load()
    assert dataset.inputs.shape == (1000, 16)
    assert dataset.inputs.sum() == 0


def test_tokens_outside_the_vocabulary_are_refused_with_the_largest(tmp_path):
    (tmp_path / "val.bin").write_bytes(np.arange(100, dtype="<u2").tobytes())
    (tmp_path / "train.bin").write_bytes(np.arange(100, dtype="<u2").tobytes())
    with pytest.raises(ValueError, match=r"train\.bin has tokens up to 99, and vocabulary = 99 allows up to 98"):
        TokenFiles(str(tmp_path), 11, 9, 99).load()
    assert TokenFiles(str(tmp_path), 11, 9, 100).load().outputs == 100


def test_a_pickle_beside_the_tokens_is_never_opened(tmp_path):
    write_tokens(tmp_path)
    (tmp_path / "meta.pkl").symlink_to(os.devnull)
    (tmp_path / "meta.pkl").unlink()
    (tmp_path / "meta.pkl").mkdir()  # opening it would fail
    assert len(TokenFiles(str(tmp_path), 3, 8, 50).load().inputs) == 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "has 0 tokens, fewer than one window"),
        (b"\0" * 16, "has 8 tokens, fewer than one window of context . 1 = 9"),
        (b"\0" * 401, "has 401 bytes, which is no number of tokens of 2"),
    ],
)
def test_damaged_files_are_refused_by_name(tmp_path, content, message):
    write_tokens(tmp_path)
    (tmp_path / "val.bin").write_bytes(content)
    with pytest.raises(ValueError, match=rf"val\.bin {message}"):
        TokenFiles(str(tmp_path), 3, 8, 50).load()


def test_more_windows_than_there_are_are_refused(tmp_path):
    write_tokens(tmp_path)
    with pytest.raises(ValueError, match=r"test_examples asks for 8 windows of 8 tokens in .*, and there are 7"):
        TokenFiles(str(tmp_path), 3, 8, 50, test_examples=8).load()


def test_missing_files_are_said_with_what_writes_them(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"train\.bin and val\.bin; write both with the prepare\.py"):
        TokenFiles(str(tmp_path / "none"), 3, 8, 50).load()
    write_tokens(tmp_path)
    (tmp_path / "val.bin").unlink()
    with pytest.raises(FileNotFoundError, match=r"no file val\.bin in .* which has train\.bin; write both"):
        TokenFiles(str(tmp_path), 3, 8, 50).load()
    with pytest.raises(NotADirectoryError, match="is a file, and a folder is needed"):
        TokenFiles(str(tmp_path / "train.bin"), 3, 8, 50).load()


def test_the_checksum_pins_both_files(tmp_path):
    write_tokens(tmp_path)
    pinned = TokenFiles(str(tmp_path), 3, 8, 50, sha256=TokenFiles(str(tmp_path), 3, 8, 50).checksum())
    assert len(pinned.load().inputs) == 3
    write_tokens(tmp_path, test=61)
    with pytest.raises(ValueError, match="SHA-256"):
        pinned.load()


@pytest.mark.parametrize("settings", [{"vocabulary": 1}, {"bits": 8}, {"context": 0}])
def test_settings_that_mean_nothing_are_refused(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        TokenFiles(**{"path": "here", "train_examples": 3, "context": 8, "vocabulary": 50} | settings)
