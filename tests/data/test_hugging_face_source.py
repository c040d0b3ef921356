import os
import sys
from types import ModuleType

import pytest
import torch

from spectra.data.fixed_order import fixed_order
from spectra.data.hugging_face_images import HuggingFaceImages
from spectra.data.hugging_face_text import HuggingFaceText
from tests.data.written_files import labels, pixels, png
from tests.data.written_tables import text_table

TRAIN, CLASSES = pixels(9, 4, 4, 3), labels(9, 3)


def test_a_dataset_of_the_hub_is_pinned_by_its_revision():
    with pytest.raises(ValueError, match="pin a dataset of the hub by a commit as its revision"):
        HuggingFaceText("a/b", 3, 2, download=True, sha256="0" * 64)


@pytest.mark.parametrize("act", [HuggingFaceText.load, HuggingFaceText.checksum])
def test_nothing_is_downloaded_without_being_told_to(tmp_path, monkeypatch, act):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(FileNotFoundError, match=r"'roneneldan/TinyStories' is no file or folder .*set download = true"):
        act(HuggingFaceText("roneneldan/TinyStories", 3, 2))


def test_a_download_without_the_library_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(ImportError, match="pip install 'datasets>=4'"):
        HuggingFaceText("a/b", 3, 2, download=True).load()


@pytest.mark.parametrize("version", ["2.13.1", "3.6.0"])
def test_a_library_that_may_run_programs_of_strangers_is_refused(monkeypatch, version):
    library = ModuleType("datasets")
    library.load_dataset, library.__version__ = lambda *_, **__: pytest.fail("it was asked"), version
    monkeypatch.setitem(sys.modules, "datasets", library)
    with pytest.raises(ImportError, match=rf"datasets {version} is installed, which may run programs .*datasets>=4"):
        HuggingFaceText("a/b", 3, 2, download=True).load()


class StandIn:
    """The part of a dataset of the library that is used."""

    def __init__(self, table):
        self.table, self.column_names = table, table.column_names

    def __len__(self):
        return len(self.table)

    def __getitem__(self, rows):
        return self.table[rows]

    def with_format(self, kind):
        assert kind == "arrow"
        return self

    def select_columns(self, names):
        return StandIn(self.table.select(names))


def test_the_hub_is_asked_for_each_split_at_its_revision(monkeypatch):
    tables = {"train": text_table(["ab"] * 1500), "validation": text_table(["ba"] * 10)}
    calls = []

    def load_dataset(*arguments, **options):
        calls.append((arguments, options))
        return StandIn(tables[options["split"]])

    library = ModuleType("datasets")
    library.load_dataset, library.__version__ = load_dataset, "4.0.0"
    monkeypatch.setitem(sys.modules, "datasets", library)
    spec = HuggingFaceText(
        "wikitext", 1499, 3, test_split="validation", download=True, name="wikitext-2-raw-v1", revision="b08601e"
    )
    assert spec.load().inputs.shape == (1499, 3)
    assert calls == [(("wikitext", "wikitext-2-raw-v1"), {"revision": "b08601e", "split": split}) for split in tables]


def test_a_hub_out_of_reach_is_one_clear_error(monkeypatch):
    def load_dataset(*_, **__):
        raise ConnectionError("Couldn't reach it")

    library = ModuleType("datasets")
    library.load_dataset, library.__version__ = load_dataset, "4.0.0"
    monkeypatch.setitem(sys.modules, "datasets", library)
    with pytest.raises(
        ConnectionError, match=r"split 'train' of a/b .*reach it.*save_to_disk\(folder\), and pass path="
    ):
        HuggingFaceText("a/b", 3, 2, download=True).load()


def test_what_the_library_saves_is_read_without_it(tmp_path, monkeypatch):
    monkeypatch.setitem(os.environ, "HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(names=["a", "b", "c"])})
    columns = {"image": [{"bytes": png(image), "path": None} for image in TRAIN], "label": CLASSES.tolist()}
    saved = datasets.Dataset.from_dict(columns, features=features)
    chosen = saved.select(range(8, -1, -1))
    datasets.DatasetDict(train=saved, test=chosen).save_to_disk(
        str(tmp_path / "saved"), num_shards={"train": 2, "test": 1}
    )
    dataset = HuggingFaceImages(str(tmp_path / "saved"), 9, test_examples=9).load()
    order = fixed_order(9, 0, 9)
    assert dataset.targets.tolist() == CLASSES[order].tolist()
    assert dataset.test_targets.tolist() == CLASSES[::-1][order].tolist()
    monkeypatch.setattr(datasets, "load_dataset", lambda *_, split, **__: {"train": saved, "test": chosen}[split])
    again = HuggingFaceImages("on/the/hub", 9, test_examples=9, download=True).load()
    assert torch.equal(again.inputs, dataset.inputs)
    assert torch.equal(again.test_targets, dataset.test_targets)
