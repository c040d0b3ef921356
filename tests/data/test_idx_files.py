import gzip
import struct

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from spectra.data.fixed_order import fixed_order
from spectra.data.idx_array import idx_array
from spectra.data.idx_files import IdxFiles
from tests.data.written_files import idx, labels, pixels, standardised, write_idx


@pytest.mark.parametrize("compressed", [False, True])
def test_images_and_labels_come_back_in_the_fixed_order(tmp_path, compressed):
    (images, classes), (test_images, test_classes) = write_idx(tmp_path, compressed=compressed)
    dataset = IdxFiles(str(tmp_path), 7, test_examples=3).load()
    order, test_order = fixed_order(12, 0, 7), fixed_order(5, 0, 3)
    inputs, test_inputs = standardised(images[order][:, None], test_images[test_order][:, None])
    assert dataset.inputs.shape == (7, 1, 6, 6)
    assert_close(dataset.inputs, torch.tensor(inputs, dtype=torch.float32), rtol=0, atol=1e-6)
    assert_close(dataset.test_inputs, torch.tensor(test_inputs, dtype=torch.float32), rtol=0, atol=1e-6)
    assert dataset.targets.tolist() == classes[order].tolist()
    assert dataset.test_targets.tolist() == test_classes[test_order].tolist()
    assert dataset.outputs == 4


def test_all_test_images_are_used_if_no_number_is_given(tmp_path):
    write_idx(tmp_path)
    assert sorted(IdxFiles(str(tmp_path), 2).load().test_targets.tolist()) == sorted(labels(5, 4))


def test_the_number_of_classes_does_not_depend_on_the_images_used(tmp_path):
    write_idx(tmp_path)
    assert IdxFiles(str(tmp_path), 1, test_examples=1).load().outputs == 4


def test_names_of_emnist_and_names_with_dots_are_found(tmp_path):
    write_idx(tmp_path, prefix="emnist-letters-")
    for path in list(tmp_path.iterdir()):
        path.rename(tmp_path / path.name.replace("t10k", "test").replace("s-idx", "s.idx"))
    assert len(IdxFiles(str(tmp_path), 3, prefix="emnist-letters-").load().inputs) == 3
    with pytest.raises(FileNotFoundError, match=r"no file train-images-idx3-ubyte .* emnist-letters-.* also prefix="):
        IdxFiles(str(tmp_path), 3).load()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "begins with nothing"),
        (b"\0\0", "begins with 0000,"),
        (idx(pixels(3, 2, 2), kind=0x0D), "begins with 00000d03, .* begins with 00000803"),
        (idx(labels(4, 2)), "begins with 00000801"),
        (b"\x1f\x8b\x08\x00garbage", "begins with 1f8b0800"),
        (idx(pixels(3, 2, 2))[:9], "ends within its header of 16 bytes"),
        (idx(pixels(3, 2, 2))[:-1], "has 27 bytes where 3 x 2 x 2 values take 28"),
        (idx(pixels(3, 2, 2)) + b"\0", "has 29 bytes or more where 3 x 2 x 2 values take 28"),
        (struct.pack(">HBB3I", 0, 8, 3, 2**32 - 1, 2**32 - 1, 2**32 - 1), "has 16 bytes where 4294967295 x"),
    ],
)
@pytest.mark.parametrize("compressed", [False, True])
def test_headers_are_compared_with_the_file(tmp_path, content, message, compressed):
    path = tmp_path / ("images.gz" if compressed else "images")
    path.write_bytes(gzip.compress(content) if compressed else content)
    with pytest.raises(ValueError, match=message):
        idx_array(path, dimensions=3)


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-9], lambda b: b[:-8] + b"\0" * 8, lambda b: b"no gzip", lambda b: b""]
)
def test_damaged_gzip_files_are_refused_by_name(tmp_path, damage):
    (tmp_path / "images.gz").write_bytes(damage(gzip.compress(idx(pixels(3, 9, 9)))))
    with pytest.raises(ValueError, match=r"images\.gz (is no complete gzip file|begins with nothing)"):
        idx_array(tmp_path / "images.gz", dimensions=3)


def test_a_compressed_file_that_would_fill_the_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("spectra.data.idx_array.MOST", 10**6)
    header = struct.pack(">HBB3I", 0, 8, 3, 60_000, 2000, 2000)
    (tmp_path / "images.gz").write_bytes(gzip.compress(header + bytes(10**7)))
    with pytest.raises(ValueError, match=r"images\.gz unpacks to more than the 1000000 bytes .*; unpack it with"):
        idx_array(tmp_path / "images.gz", dimensions=3)


def test_plain_files_are_mapped_and_not_read(tmp_path):
    path = tmp_path / "images"
    with path.open("wb") as file:
        file.write(struct.pack(">HBB3I", 0, 8, 3, 10**6, 100, 100))
        file.truncate(16 + 10**10)
    assert idx_array(path, dimensions=3)[123].sum() == 0


def test_images_without_labels_are_refused(tmp_path):
    write_idx(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(labels(11, 4)))
    with pytest.raises(ValueError, match=r"holds 12 images, and .* holds 11 labels"):
        IdxFiles(str(tmp_path), 3).load()


def test_test_labels_that_no_training_image_has_are_refused(tmp_path):
    write_idx(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(idx(np.full(5, 9)))
    with pytest.raises(ValueError, match="t10k-labels-idx1-ubyte has the label 9, and the training labels end at 3"):
        IdxFiles(str(tmp_path), 3).load()


def test_files_without_images_are_refused(tmp_path):
    write_idx(tmp_path, train=0)
    with pytest.raises(ValueError, match=r"there are no images in .*train-images-idx3-ubyte, and train_examples needs"):
        IdxFiles(str(tmp_path), 1).load()


def test_more_images_than_there_are_are_refused(tmp_path):
    write_idx(tmp_path)
    with pytest.raises(ValueError, match=r"test_examples asks for 6 images in .*, and there are 5"):
        IdxFiles(str(tmp_path), 3, test_examples=6).load()


def test_images_of_different_sizes_are_refused(tmp_path):
    write_idx(tmp_path)
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(idx(pixels(5, 7, 6)))
    with pytest.raises(ValueError, match=r"shape \(1, 6, 6\) and test images of shape \(1, 7, 6\)"):
        IdxFiles(str(tmp_path), 3).load()


def test_images_of_one_shade_are_refused(tmp_path):
    write_idx(tmp_path)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(np.full((12, 6, 6), 255)))
    with pytest.raises(ValueError, match="channel 0 of the 3 training images is 255 everywhere"):
        IdxFiles(str(tmp_path), 3).load()


def test_the_checksum_pins_the_files(tmp_path):
    write_idx(tmp_path)
    pinned = IdxFiles(str(tmp_path), 3, sha256=IdxFiles(str(tmp_path), 3).checksum())
    assert len(pinned.load().inputs) == 3
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(idx(np.zeros(5)))
    with pytest.raises(ValueError, match="SHA-256"):
        pinned.load()


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match="does not exist; looked for train-images-idx3-ubyte"):
        IdxFiles(str(tmp_path / "none"), 3).load()
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match="is a file"):
        IdxFiles(str(tmp_path / "file"), 3).load()
