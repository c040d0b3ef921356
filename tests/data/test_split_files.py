import os

import pytest

from spectra.data.hugging_face_images import HuggingFaceImages
from tests.data.written_files import labels, pixels
from tests.data.written_tables import (
    picture_table,
    write_dictionary,
    write_named,
    write_parquet,
    write_saved,
    write_stream,
)

TRAIN, TEST = pixels(9, 4, 4, 3), pixels(5, 4, 4, 3)
CLASSES, TEST_CLASSES = labels(9, 3), labels(5, 3)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("dataset_dict.json", "{", r"dataset_dict\.json cannot be read"),
        ("dataset_dict.json", "[" * 10**6, r"dataset_dict\.json cannot be read"),
        ("train/state.json", "{}", r"state\.json names no data files"),
        ("train/state.json", '{"_data_files": 3}', r"state\.json names no data files"),
        ("train/state.json", '{"_indices_data_files": [{"filename": "a"}]}', "selection of its rows; call flatten"),
    ],
)
def test_damaged_descriptions_are_refused(tmp_path, name, content, message):
    write_dictionary(tmp_path, train=picture_table(TRAIN, CLASSES), test=picture_table(TEST, TEST_CLASSES))
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=message):
        HuggingFaceImages(str(tmp_path), 3).load()


def test_a_description_cannot_name_files_of_other_folders(tmp_path):
    write_saved(tmp_path / "saved", picture_table(TRAIN, CLASSES))
    (tmp_path / "saved" / "state.json").write_text('{"_data_files": [{"filename": "../rows.arrow"}]}')
    write_stream(tmp_path / "rows.arrow", picture_table(TRAIN, CLASSES))
    with pytest.raises(ValueError, match=r"saved/rows\.arrow cannot be read"):
        HuggingFaceImages(str(tmp_path / "saved"), 3).load()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.timeout(20)
def test_pipes_among_the_files_are_not_waited_for(tmp_path):
    write_named(tmp_path, train=picture_table(TRAIN, CLASSES), test=picture_table(TEST, TEST_CLASSES))
    os.mkfifo(tmp_path / "train-more.parquet")
    assert len(HuggingFaceImages(str(tmp_path), 9).load().inputs) == 9
    write_saved(tmp_path / "saved", picture_table(TRAIN, CLASSES))
    (tmp_path / "saved" / "state.json").write_text('{"_data_files": [{"filename": "pipe.arrow"}]}')
    os.mkfifo(tmp_path / "saved" / "pipe.arrow")
    with pytest.raises(ValueError, match=r"pipe\.arrow cannot be read as Arrow: there is no such file"):
        HuggingFaceImages(str(tmp_path / "saved"), 3).load()


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "no split 'train'; .* it has neither"),
        (["train.parquet"], r"no split 'test'; .* it has train\.parquet; set train_split and test_split"),
        (["train.csv"], "no split 'train'; .* it has neither"),
        (["retrain.parquet"], r"no split 'train'; .* it has retrain\.parquet"),
    ],
)
def test_missing_splits_are_said_with_what_there_is(tmp_path, names, message):
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(FileNotFoundError, match=message):
        HuggingFaceImages(str(tmp_path), 3).load()


def test_a_file_of_two_splits_is_refused(tmp_path):
    write_parquet(tmp_path / "test" / "train.parquet", picture_table(TRAIN, CLASSES))
    with pytest.raises(ValueError, match=r"train\.parquet carries the names of both splits, train and test"):
        HuggingFaceImages(str(tmp_path), 3).load()


def test_a_file_of_another_kind_is_refused(tmp_path):
    (tmp_path / "train.csv").touch()
    with pytest.raises(ValueError, match=r"train\.csv does not end in \.parquet or \.arrow"):
        HuggingFaceImages(str(tmp_path / "train.csv"), 3).load()
