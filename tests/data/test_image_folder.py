"""Folders of pictures come back with their classes, or are refused."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.testing import assert_close

from spectra.data.image_folder import ImageFolder
from tests.data.written_files import pixels, png, standardised, write_pictures

COUNTS = {"cat": 6, "ant": 5, "Zoo": 4}  # in the order of Unicode: Zoo, ant, cat


def nearest(image, by_class):
    """Class and number of the picture that an image, shifted and scaled by channel, was made from."""

    def scaled(picture):
        picture = picture.astype(float)
        return (picture - picture.mean((1, 2), keepdims=True)) / picture.std((1, 2), keepdims=True)

    distances = {
        (name, number): np.abs(scaled(picture) - scaled(image.numpy())).max()
        for name, images in by_class.items()
        for number, picture in enumerate(images)
    }
    found = min(distances, key=distances.get)
    assert distances[found] < 1e-5
    return found


def found_in(inputs, by_class):
    return [nearest(image, by_class) for image in inputs]


def test_pictures_of_separate_folders_come_back_with_their_classes(tmp_path):
    train, test = write_pictures(tmp_path / "train", COUNTS), write_pictures(tmp_path / "test", {"ant": 3})
    dataset = ImageFolder(str(tmp_path), 15).load()
    found, found_test = found_in(dataset.inputs, train), found_in(dataset.test_inputs, test)
    assert [sorted(COUNTS)[label] for label in dataset.targets] == [name for name, _ in found]
    assert len(set(found)) == 15
    assert sorted(found_test) == [("ant", 0), ("ant", 1), ("ant", 2)]
    assert dataset.test_targets.tolist() == [1, 1, 1]
    assert dataset.outputs == 3


def test_pixels_are_exact(tmp_path):
    write_pictures(tmp_path / "train", {"a": 1, "b": 1})
    write_pictures(tmp_path / "val", {"a": 1, "b": 1})
    dataset = ImageFolder(str(tmp_path), 2, test_examples=2).load()
    order = dataset.targets.tolist()
    inputs, _ = standardised(*[pixels(2, 5, 5, 3).transpose(0, 3, 1, 2)[order]] * 2)
    assert_close(dataset.inputs, torch.tensor(inputs, dtype=torch.float32), rtol=0, atol=1e-6)


def test_one_folder_is_divided_without_overlap(tmp_path):
    by_class = write_pictures(tmp_path, COUNTS)
    dataset = ImageFolder(str(tmp_path), 9).load()
    train, test = found_in(dataset.inputs, by_class), found_in(dataset.test_inputs, by_class)
    assert len({*train, *test}) == len(train) + len(test) == 15


def test_a_larger_training_set_holds_the_smaller_one_and_is_tested_alike(tmp_path):
    by_class = write_pictures(tmp_path, COUNTS)
    small, large = (ImageFolder(str(tmp_path), n, test_examples=4).load() for n in (5, 11))
    assert found_in(small.inputs, by_class) == found_in(large.inputs, by_class)[:5]
    assert found_in(small.test_inputs, by_class) == found_in(large.test_inputs, by_class)


def test_only_the_pictures_that_are_used_are_opened(tmp_path):
    write_pictures(tmp_path, COUNTS)
    for path in tmp_path.rglob("*.png"):
        path.write_bytes(b"damaged")
    with pytest.raises(ValueError, match=r"the picture .*png cannot be used: it is no PNG"):
        ImageFolder(str(tmp_path), 3, test_examples=2).load()
    opened = []
    for _ in range(5):
        with pytest.raises(ValueError, match="cannot be used") as refusal:
            ImageFolder(str(tmp_path), 3, test_examples=2).load()
        broken = str(refusal.value).split()[2]
        opened.append(broken)
        repaired = pixels(1, 5, 5, 3)[0]
        Path(broken).write_bytes(png(repaired))
    assert len(ImageFolder(str(tmp_path), 3, test_examples=2).load().inputs) == 3
    assert len(set(opened)) == 5


def test_cut_off_pictures_are_named(tmp_path):
    write_pictures(tmp_path, {"a": 2, "b": 2})
    path = tmp_path / "b" / "1.png"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ValueError, match=r"b/1\.png cannot be used: .*truncated"):
        ImageFolder(str(tmp_path), 3).load()


def test_pictures_are_scaled_to_a_side(tmp_path):
    write_pictures(tmp_path, {"a": 3, "b": 3})
    (tmp_path / "a" / "wide.png").write_bytes(png(pixels(1, 4, 12, 3)[0]))
    with pytest.raises(ValueError, match="set side to scale all alike"):
        ImageFolder(str(tmp_path), 6).load()
    assert ImageFolder(str(tmp_path), 6, side=8).load().inputs.shape == (6, 3, 8, 8)


def test_every_usual_format_is_decoded(tmp_path):
    image = Image.fromarray(pixels(1, 6, 6, 3)[0])
    for number, ending in enumerate((".png", ".BMP", ".gif", ".tif", ".ppm", ".jpg", ".webp")):
        (tmp_path / f"c{number}").mkdir()
        image.save(tmp_path / f"c{number}" / f"picture{ending}")
    assert ImageFolder(str(tmp_path), 6).load().outputs == 7


def test_other_files_and_hidden_ones_are_left_alone(tmp_path):
    by_class = write_pictures(tmp_path, {"a": 2, "b": 2})
    write_pictures(tmp_path / ".hidden", {"a": 2})
    for name in ("notes.txt", "a/labels.csv", "a/.3.png", "3.png"):
        (tmp_path / name).write_text("no picture")
    dataset = ImageFolder(str(tmp_path), 3).load()
    assert len({*found_in(dataset.inputs, by_class), *found_in(dataset.test_inputs, by_class)}) == 4


def test_folders_within_a_class_belong_to_it(tmp_path):
    write_pictures(tmp_path, {"a": 2, "b": 2, "b/more": 2})
    assert sorted(ImageFolder(str(tmp_path), 5, test_examples=1).load().targets.tolist())[2:] == [1, 1, 1]


@pytest.mark.parametrize(
    ("names", "error", "message"),
    [
        ([], FileNotFoundError, r"no folders of pictures, one for each class in .* nothing in it; pass path="),
        (["1.png"], FileNotFoundError, "which has 1.png; pass path="),
        (["train/a/1.png", "train/b/1.png"], ValueError, "one class only, 'train'"),
        (["a/1.png", "b/1.txt"], ValueError, r"no picture in .*b; the endings of pictures are \.png"),
        (["train/a/1.png", "train/b/1.png", "test/c/1.png"], ValueError, "class 'c', and there .* to train of a, b"),
        (
            ["a/1.png", "b/1.png"],
            ValueError,
            "there are 2 pictures in .*, and train_examples = 2 and at least 1 to test",
        ),
        (["train/a/1.png", "train/b/1.png", "test/notes"], ValueError, "there are no pictures in .*test"),
    ],
)
def test_folders_that_do_not_fit_are_refused(tmp_path, names, error, message):
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(pixels(1, 3, 3)[0]))
    with pytest.raises(error, match=message):
        ImageFolder(str(tmp_path), 2).load()


def test_a_missing_folder_and_a_file_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="looked for folders of pictures"):
        ImageFolder(str(tmp_path / "none"), 2).load()
    (tmp_path / "a.png").touch()
    with pytest.raises(NotADirectoryError, match="is a file, and a folder is needed"):
        ImageFolder(str(tmp_path / "a.png"), 2).load()


def test_the_checksum_covers_names_and_contents(tmp_path):
    write_pictures(tmp_path, {"a": 2, "b": 2})
    pinned = ImageFolder(str(tmp_path), 3, sha256=ImageFolder(str(tmp_path), 3).checksum())
    assert len(pinned.load().inputs) == 3
    (tmp_path / "a" / "1.png").rename(tmp_path / "b" / "9.png")
    with pytest.raises(ValueError, match="SHA-256"):
        pinned.load()
