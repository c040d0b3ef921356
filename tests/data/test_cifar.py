import numpy as np
import pytest
import torch
from torch.testing import assert_close

from spectra.data.cifar import CIFAR10, CIFAR100
from tests.data.written_files import (
    labels,
    pixels,
    python2_batch,
    same,
    standardised,
    write_cifar10,
    write_pickle,
    write_python_cifar10,
    write_records,
)

ALL = 11  # training images that write_cifar10 writes


def test_images_and_labels_of_the_binary_version_come_back(tmp_path):
    (images, classes), (test_images, test_classes) = write_cifar10(tmp_path)
    dataset = CIFAR10(str(tmp_path), ALL).load()
    inputs, test_inputs = standardised(images, test_images)
    assert dataset.inputs.shape == (ALL, 3, 32, 32)
    assert_close(dataset.inputs, torch.tensor(inputs, dtype=torch.float32), rtol=0, atol=1e-6)
    assert_close(dataset.test_inputs, torch.tensor(test_inputs, dtype=torch.float32), rtol=0, atol=1e-6)
    assert dataset.targets.tolist() == classes.tolist()
    assert dataset.test_targets.tolist() == test_classes.tolist()
    assert dataset.outputs == 10


def test_only_the_first_images_are_used_and_give_the_scale(tmp_path):
    (images, classes), (test_images, _) = write_cifar10(tmp_path)
    dataset = CIFAR10(str(tmp_path), 4, test_examples=2).load()
    inputs, test_inputs = standardised(images[:4], test_images[:2])
    assert_close(dataset.inputs, torch.tensor(inputs, dtype=torch.float32), rtol=0, atol=1e-6)
    assert_close(dataset.test_inputs, torch.tensor(test_inputs, dtype=torch.float32), rtol=0, atol=1e-6)
    assert dataset.targets.tolist() == classes[:4].tolist()


def test_files_behind_the_last_image_are_not_opened(tmp_path):
    write_cifar10(tmp_path)
    (tmp_path / "data_batch_3.bin").write_bytes(b"damaged")
    assert len(CIFAR10(str(tmp_path), 5).load().inputs) == 5
    with pytest.raises(ValueError, match=r"data_batch_3.bin has 7 bytes, which is no number of records of 3073"):
        CIFAR10(str(tmp_path), 6).load()


def test_both_versions_hold_the_same(tmp_path):
    write_cifar10(tmp_path / "binary")
    write_python_cifar10(tmp_path / "python")
    one, two = (CIFAR10(str(tmp_path / name), ALL).load() for name in ("binary", "python"))
    assert same(one, two)


def test_pickles_of_python_2_are_read_without_their_numpy(tmp_path):
    write_cifar10(tmp_path / "binary")
    write_python_cifar10(tmp_path / "python")
    for path in (tmp_path / "python").iterdir():
        images, classes = pixels(ALL, 3072), labels(ALL, 10)
        path.write_bytes(python2_batch(images, classes))
    dataset = CIFAR10(str(tmp_path / "python"), ALL).load()
    assert_close(dataset.inputs, standardised_tensor(pixels(ALL, 3072).reshape(ALL, 3, 32, 32)), rtol=0, atol=1e-6)
    assert dataset.targets.tolist() == labels(ALL, 10).tolist()


def standardised_tensor(images):
    return torch.tensor(standardised(images, images)[0], dtype=torch.float32)


@pytest.mark.parametrize("place", ["cifar-10-batches-bin", "cifar-10-batches-py"])
def test_the_folder_that_an_archive_unpacks_to_is_found(tmp_path, place):
    (write_cifar10 if place.endswith("bin") else write_python_cifar10)(tmp_path / place)
    assert same(CIFAR10(str(tmp_path), 6).load(), CIFAR10(str(tmp_path / place), 6).load())


@pytest.mark.parametrize("version", ["binary", "python"])
@pytest.mark.parametrize(("kind", "classes"), [("fine", 100), ("coarse", 20)])
def test_both_labels_of_cifar100_come_back(tmp_path, version, kind, classes):
    wanted = {"coarse": np.array([19, 0, 3]), "fine": np.array([99, 7, 20])}
    for name in ("train", "test"):
        images = pixels(3, 3, 32, 32)
        if version == "binary":
            write_records(tmp_path / f"{name}.bin", np.stack([wanted["coarse"], wanted["fine"]], 1), images)
        else:
            lists = {f"{key}_labels".encode(): value.tolist() for key, value in wanted.items()}
            write_pickle(tmp_path / name, {b"data": images.reshape(3, -1), **lists})
    dataset = CIFAR100(str(tmp_path), 3, labels=kind).load()
    assert dataset.targets.tolist() == dataset.test_targets.tolist() == wanted[kind].tolist()
    assert dataset.outputs == classes


@pytest.mark.parametrize("damage", [b"", b"\0" * 3072, b"\0" * 3074])
def test_files_of_a_wrong_length_are_refused(tmp_path, damage):
    write_cifar10(tmp_path)
    (tmp_path / "test_batch.bin").write_bytes(damage)
    with pytest.raises(ValueError, match=f"test_batch.bin has {len(damage)} bytes"):
        CIFAR10(str(tmp_path), 3).load()


def test_a_label_out_of_range_is_refused_with_its_image(tmp_path):
    write_cifar10(tmp_path)
    write_records(tmp_path / "data_batch_2.bin", np.array([[3], [10]]), pixels(2, 3, 32, 32))
    with pytest.raises(ValueError, match=r"data_batch_2.bin gives image 1 the label 10.* 0 to 9"):
        CIFAR10(str(tmp_path), ALL).load()


@pytest.mark.parametrize(("asked", "setting"), [((12,), "train_examples"), ((3, 5), "test_examples")])
def test_more_images_than_there_are_are_refused(tmp_path, asked, setting):
    write_cifar10(tmp_path)
    there = {"train_examples": 11, "test_examples": 4}[setting]
    with pytest.raises(ValueError, match=f"{setting} asks for {there + 1} .* images in .*, and there are {there}"):
        CIFAR10(str(tmp_path), *asked).load()


def test_the_checksum_pins_the_files(tmp_path):
    write_cifar10(tmp_path)
    pinned = CIFAR10(str(tmp_path), 3, sha256=CIFAR10(str(tmp_path), 3).checksum())
    assert same(pinned.load(), CIFAR10(str(tmp_path), 3).load())
    with (tmp_path / "test_batch.bin").open("r+b") as file:
        file.write(b"\1")
    with pytest.raises(ValueError, match="SHA-256") as refusal:
        pinned.load()
    assert pinned.sha256 in str(refusal.value)
    assert pinned.checksum() in str(refusal.value)


def test_what_is_missing_is_said_with_what_gets_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        FileNotFoundError, match=r"'no/where' .* below the working directory .*tar -xzf, and pass path="
    ):
        CIFAR10("no/where", 3).load()
    (tmp_path / "notes.txt").write_text("cifar")
    with pytest.raises(
        FileNotFoundError, match=r"data_batch_1.bin.* which has notes.txt; unpack cifar-10-binary.tar.gz"
    ):
        CIFAR10(".", 3).load()
    with pytest.raises(NotADirectoryError, match="is a file, and a folder is needed"):
        CIFAR10("notes.txt", 3).load()


def test_an_incomplete_folder_is_refused(tmp_path):
    write_cifar10(tmp_path)
    (tmp_path / "data_batch_4.bin").unlink()
    with pytest.raises(FileNotFoundError, match=r"no data_batch_4.bin in .*; unpack cifar-10-binary.tar.gz again"):
        CIFAR10(str(tmp_path), 3).load()


@pytest.mark.parametrize("settings", [{"sha256": "12"}, {"train_examples": 0}, {"path": ""}, {"width": 3}])
def test_settings_that_mean_nothing_are_refused(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        CIFAR10(**{"path": "here", "train_examples": 3} | settings)
