import sys

import pytest
import torch

from spectra.data import EnglishText, english_text
from spectra.data.text_files import TextFiles
from tests.data.loaded import loaded

PLAIN = EnglishText("python", context=32, train_examples=50, test_examples=20)


def of_different_characters(monkeypatch, length):
    """A corpus in which a character is known by its place; surrogates are no characters."""
    text = "".join(map(chr, range(0x10000, 0x10000 + length)))
    monkeypatch.setattr(english_text, "_python", lambda: text)


def test_no_character_is_in_both_sets_and_targets_follow_inputs(monkeypatch):
    of_different_characters(monkeypatch, 1001)
    dataset = EnglishText("python", context=10, train_examples=90, test_examples=9).load()
    for inputs, targets in ((dataset.inputs, dataset.targets), (dataset.test_inputs, dataset.test_targets)):
        assert torch.equal(targets, inputs + 1)
    assert int(dataset.targets.max()) < int(dataset.test_inputs.min()) == 901
    assert dataset.inputs.unique().numel() == 900  # every window once, none overlaps another


def test_a_larger_training_set_holds_the_smaller_ones():
    large = EnglishText("python", context=32, train_examples=300, test_examples=20).load()
    assert torch.equal(PLAIN.load().inputs, large.inputs[:50])
    assert torch.equal(PLAIN.load().test_inputs, large.test_inputs)


def test_a_file_of_the_same_text_is_the_same_dataset(tmp_path):
    (tmp_path / "reference.txt").write_text(PLAIN.text, encoding="utf-8")
    same = TextFiles(str(tmp_path / "reference.txt"), 50, 32, test_examples=20).load()
    assert torch.equal(same.inputs, PLAIN.load().inputs)
    assert torch.equal(same.test_targets, PLAIN.load().test_targets)


def test_more_windows_than_there_are_are_refused_with_both_numbers(monkeypatch):
    of_different_characters(monkeypatch, 1001)
    with pytest.raises(ValueError, match=r"train_examples asks for 91 windows of 10 tokens .* and there are 90"):
        EnglishText("python", context=10, train_examples=91).load()
    with pytest.raises(ValueError, match=r"test_examples asks for 10 windows of 10 tokens .* and there are 9"):
        EnglishText("python", context=10, train_examples=90, test_examples=10).load()


def test_tokens_spell_the_text():
    dataset, letters = PLAIN.load(), PLAIN.vocabulary
    assert dataset.outputs == len(letters) == len(set(PLAIN.text))
    assert list(letters) == sorted(letters)
    for inputs, targets in zip(dataset.inputs, dataset.targets, strict=True):
        written = "".join(letters[token] for token in [*inputs.tolist(), int(targets[-1])])
        assert written in PLAIN.text
        assert torch.equal(inputs[1:], targets[:-1])


def test_the_bible_is_whole_and_english():
    spec = EnglishText()
    dataset = loaded(spec)
    assert spec.text.startswith("In the beginning God created the heaven and the earth.\n")
    assert spec.text.count("\n") == 31103
    assert len(spec.vocabulary) == 65
    assert dataset.inputs.shape == dataset.targets.shape == (4000, 64)
    assert dataset.test_inputs.shape == (500, 64)
    # Shannon 1951: letters of English by their frequency alone carry about 4 bits, 2.8 nats.
    frequencies = dataset.inputs.flatten().bincount(minlength=65).double() / dataset.inputs.numel()
    assert 2.5 < float(torch.special.entr(frequencies).sum()) < 3.2


def test_a_pinned_text_must_be_that_text():
    digest = english_text._digest(PLAIN.text)
    assert len(EnglishText("python", sha256=digest).load().inputs) == 4000
    with pytest.raises(ValueError, match=f"must be {'0' * 64}, and is {digest} here"):
        EnglishText("python", sha256="0" * 64).load()
    with pytest.raises(ValueError, match="sha256"):
        EnglishText(sha256="abc")


def test_another_bible_is_noticed_without_a_pin(monkeypatch):
    monkeypatch.setattr(english_text, "_bible", lambda: "In the beginning\n")
    with pytest.raises(ValueError, match=r"must be 6a54454a.*, and is"):
        EnglishText().load()


def test_a_missing_bible_says_how_to_do_without(monkeypatch):
    monkeypatch.setitem(sys.modules, "bible", None)
    with pytest.raises(ImportError, match='set corpus = "python", or run: pip install'):
        EnglishText().load()
    assert EnglishText("python").load().outputs > 90
