"""Tiny tables in the files of Hugging Face."""

import json

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet

from tests.data.written_files import png


def picture_table(images, classes, *, library=True):
    """A table as Hugging Face writes it (library), or with nothing but the content of the files."""
    contents = [png(image) for image in images]
    column = [{"bytes": content, "path": None} for content in contents] if library else contents
    return pa.table({"image": column, "label": list(classes)})


def write_parquet(path, table, rows=2):
    """A Parquet file with few rows in a group."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(table, path, row_group_size=rows)


def write_stream(path, table, rows=2):
    """An Arrow stream with few rows in a batch."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)


def text_table(lines):
    """A table with one column of text."""
    return pa.table({"text": lines})


def write_saved(folder, table, cut=5):
    """What save_to_disk of the library writes of one split, in two files."""
    names = ["data-00000-of-00002.arrow", "data-00001-of-00002.arrow"]
    for name, part in zip(names, (table.slice(0, cut), table.slice(cut)), strict=True):
        write_stream(folder / name, part)
    state = {"_data_files": [{"filename": name} for name in names], "_fingerprint": "1", "_split": None}
    (folder / "state.json").write_text(json.dumps(state))


def write_dictionary(folder, **tables):
    """What save_to_disk of the library writes of several splits."""
    for name, table in tables.items():
        write_saved(folder / name, table)
    (folder / "dataset_dict.json").write_text(json.dumps({"splits": list(tables)}))


def write_named(folder, **tables):
    """Parquet files that carry the names of their splits."""
    for name, table in tables.items():
        write_parquet(folder / "data" / f"{name}-00000-of-00002-0a1b.parquet", table.slice(0, 3))
        write_parquet(folder / "data" / f"{name}-00001-of-00002-2c3d.parquet", table.slice(3))


def write_folders(folder, **tables):
    """Parquet files in folders of the names of their splits."""
    for name, table in tables.items():
        write_parquet(folder / "default" / name / "0000.parquet", table)


def write_cache(folder, **tables):
    """The Arrow files that the library keeps."""
    for name, table in tables.items():
        write_stream(folder / f"pets-{name}.arrow", table)


WRITERS = [write_dictionary, write_named, write_folders, write_cache]


def one_parquet_file(folder, table):
    write_parquet(folder / "rows.parquet", table)
    return folder / "rows.parquet"


def one_stream(folder, table):
    write_stream(folder / "rows.arrow", table)
    return folder / "rows.arrow"


def one_feather_file(folder, table):
    pyarrow.feather.write_feather(table, str(folder / "rows.arrow"), compression="uncompressed")
    return folder / "rows.arrow"


def one_saved_split(folder, table):
    write_saved(folder, table)
    return folder


def one_named_split(folder, table):
    write_dictionary(folder, train=table)
    return folder
