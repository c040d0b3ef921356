import pyarrow as pa
import pytest
import torch
from torch.testing import assert_close

from spectra.data.fixed_order import fixed_order
from spectra.data.hugging_face_images import HuggingFaceImages
from tests.data.written_files import labels, pixels, png, standardised
from tests.data.written_tables import (
    WRITERS,
    one_feather_file,
    one_named_split,
    one_parquet_file,
    one_saved_split,
    one_stream,
    picture_table,
    write_dictionary,
    write_named,
    write_parquet,
    write_saved,
)

TRAIN, TEST = pixels(9, 4, 4, 3), pixels(5, 4, 4, 3)
CLASSES, TEST_CLASSES = labels(9, 3), labels(5, 3)


@pytest.mark.parametrize("library", [True, False])
@pytest.mark.parametrize("write", WRITERS)
def test_pictures_and_labels_come_back_in_the_fixed_order(tmp_path, write, library):
    tables = {"train": picture_table(TRAIN, CLASSES, library=library), "test": picture_table(TEST, TEST_CLASSES)}
    write(tmp_path, **tables)
    dataset = HuggingFaceImages(str(tmp_path), 6, test_examples=4).load()
    order, test_order = fixed_order(9, 0, 6), fixed_order(5, 0, 4)
    inputs, test_inputs = standardised(TRAIN[order].transpose(0, 3, 1, 2), TEST[test_order].transpose(0, 3, 1, 2))
    assert dataset.inputs.shape == (6, 3, 4, 4)
    assert_close(dataset.inputs, torch.tensor(inputs, dtype=torch.float32), rtol=0, atol=1e-6)
    assert_close(dataset.test_inputs, torch.tensor(test_inputs, dtype=torch.float32), rtol=0, atol=1e-6)
    assert dataset.targets.tolist() == CLASSES[order].tolist()
    assert dataset.test_targets.tolist() == TEST_CLASSES[test_order].tolist()
    assert dataset.outputs == 3


@pytest.mark.parametrize("write", [one_parquet_file, one_stream, one_feather_file, one_saved_split, one_named_split])
def test_one_set_is_divided_without_overlap(tmp_path, write):
    table = picture_table(TRAIN, range(9))
    path = write(tmp_path, table)
    split = {"test_split": "train"} if write is one_named_split else {}
    dataset = HuggingFaceImages(str(path), 5, **split).load()
    assert dataset.targets.tolist() == fixed_order(9, 0, 5).tolist()
    assert dataset.test_targets.tolist() == fixed_order(9, 5, 9).tolist()
    assert dataset.outputs == 9


def test_words_are_numbered_in_their_order(tmp_path):
    write_parquet(tmp_path / "a.parquet", picture_table(TRAIN, ["dog", "Cat", "ant"] * 3))
    dataset = HuggingFaceImages(str(tmp_path / "a.parquet"), 6).load()
    words = [["Cat", "ant", "dog"][label] for label in dataset.targets]
    assert words == [["dog", "Cat", "ant"][place % 3] for place in fixed_order(9, 0, 6)]


def test_other_columns_sizes_and_colors_can_be_named(tmp_path):
    table = picture_table(TRAIN, CLASSES).rename_columns(["img", "fine_label"])
    write_parquet(tmp_path / "a.parquet", table.append_column("none", pa.nulls(9)))
    spec = HuggingFaceImages(str(tmp_path / "a.parquet"), 6, image="img", label="fine_label", side=2, colors="grey")
    assert spec.load().inputs.shape == (6, 1, 2, 2)


def test_only_the_pictures_that_are_used_are_decoded_and_read(tmp_path):
    contents = [png(image) for image in TRAIN]
    used = {*fixed_order(9, 0, 2), *fixed_order(9, 8, 9)}
    column = [content if place in used else b"damaged" for place, content in enumerate(contents)]
    write_parquet(tmp_path / "a.parquet", pa.table({"image": column, "label": CLASSES}), rows=1)
    assert len(HuggingFaceImages(str(tmp_path / "a.parquet"), 2, test_examples=1).load().inputs) == 2
    with pytest.raises(ValueError, match=r"the picture in row \d of .*a.parquet cannot be used"):
        HuggingFaceImages(str(tmp_path / "a.parquet"), 8).load()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            pa.table({"label": [0, 1], "picture": [b"1"] * 2}),
            r"has no column 'image'; its columns are 'label', 'picture'",
        ),
        (pa.table({"image": [b"1"]}), r"has no column 'label'"),
        (pa.table({"image": [b"1", b"2"], "label": [1, None]}), r"1 rows of .* have no value in the column 'label'"),
        (pa.table({"image": [b"1", b"2"], "label": [-1, 1]}), r"values such as -1 of type int64; labels are words"),
        (pa.table({"image": [b"1", b"2"], "label": [0.5, 1]}), r"of type double; labels are words, or whole numbers"),
        (pa.table({"image": [b"1", b"2"], "label": [[0], [1]]}), r"such as \[0\] of type list.*; labels are words"),
        (
            pa.table({"image": [b"1", b"2"], "label": [{"a": 0}] * 2}),
            r"such as \{'a': 0\} of type struct.*; labels are",
        ),
        (pa.table({"image": ["a", "b"], "label": [0, 1]}), r"'image' has no picture in row \d of .*, but str; it must"),
        (
            pa.table({"image": [{"bytes": None, "path": "a"}] * 2, "label": [0, 1]}),
            r"no picture in row .* but NoneType",
        ),
        (pa.table({"image": pa.array([], pa.binary()), "label": pa.array([], pa.int64())}), r"there are no rows in"),
        (
            pa.table({"image": [b"1"], "label": [1]}),
            r"there are 1 rows in .*, and train_examples = 1 and at least 1 to",
        ),
    ],
)
def test_tables_that_hold_something_else_are_refused(tmp_path, table, message):
    write_parquet(tmp_path / "a.parquet", table)
    with pytest.raises(ValueError, match=message):
        HuggingFaceImages(str(tmp_path / "a.parquet"), 1).load()


def test_test_labels_that_no_training_row_has_are_refused(tmp_path):
    write_named(tmp_path, train=picture_table(TRAIN, CLASSES), test=picture_table(TEST, [3] * 5))
    with pytest.raises(ValueError, match=r"split 'test' of .* has the label 3, which no row to train with has"):
        HuggingFaceImages(str(tmp_path), 6).load()


def test_more_rows_than_there_are_are_refused(tmp_path):
    write_named(tmp_path, train=picture_table(TRAIN, CLASSES), test=picture_table(TEST, TEST_CLASSES))
    with pytest.raises(ValueError, match=r"train_examples asks for 10 rows in split 'train' of .*, and there are 9"):
        HuggingFaceImages(str(tmp_path), 10).load()


def test_the_checksum_pins_the_files_of_both_splits(tmp_path):
    write_dictionary(tmp_path, train=picture_table(TRAIN, CLASSES), test=picture_table(TEST, TEST_CLASSES))
    pinned = HuggingFaceImages(str(tmp_path), 3, sha256=HuggingFaceImages(str(tmp_path), 3).checksum())
    assert len(pinned.load().inputs) == 3
    write_saved(tmp_path / "test", picture_table(TEST, TEST_CLASSES[::-1]))
    with pytest.raises(ValueError, match="SHA-256"):
        pinned.load()
