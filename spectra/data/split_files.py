"""The files of the splits of a dataset on disk."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ENDINGS = (".parquet", ".arrow")


def split_files(place: Path, names: Sequence[str]) -> Mapping[str, list[Path]]:
    """The data files of each split, in order; of the split "" if they are of one set without splits.

    Args:
        place: A file, a folder that `save_to_disk` wrote, or a folder of files that carry the names of their splits,
            such as train-00000-of-00002.parquet, or lie in folders of these names.
        names: Splits that are wanted.

    Raises:
        FileNotFoundError: If a split has no files.
        ValueError: If a file that describes the folder is damaged, the file is of another kind, or splits share a file.
    """
    if place.is_file():
        if place.suffix not in ENDINGS:
            raise ValueError(f"{place} does not end in .parquet or .arrow; pass path= a file that does, or a folder")
        return {"": [place]}
    if (place / "state.json").is_file():
        return {"": _saved(place)}
    if (place / "dataset_dict.json").is_file():
        known = [str(name) for name in _described(place / "dataset_dict.json").get("splits", [])]
        found = {name: _saved(place / name) for name in names if name in known}
    else:
        files = sorted(path for path in place.rglob("*") if path.suffix in ENDINGS and path.is_file())
        known = [path.relative_to(place).as_posix() for path in files]
        found = {name: [path for path in files if _belongs(path.relative_to(place), name)] for name in names}
    for name in names:
        if not found.get(name):
            listed = ", ".join(known[:8]) or "neither"
            raise FileNotFoundError(
                f"{place} has no split {name!r}; of splits or files that end in .parquet or .arrow it has {listed}; "
                "set train_split and test_split to names of splits, both to the same one to hold out a part of it"
            )
    shared = set.intersection(*map(set, found.values())) if len(found) > 1 else set()
    if shared:
        raise ValueError(f"{min(shared)} carries the names of both splits, {' and '.join(names)}; rename the file")
    return found


def _saved(place: Path) -> list[Path]:
    state = _described(place / "state.json")
    if state.get("_indices_data_files"):
        raise ValueError(f"{place} was saved with a selection of its rows; call flatten_indices() and save it again")
    try:
        return [place / Path(file["filename"]).name for file in state["_data_files"]]
    except (KeyError, TypeError) as error:
        raise ValueError(f"{place / 'state.json'} names no data files; save the dataset again") from error


def _described(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"{path} cannot be read ({error}); save the dataset again") from error
    return content if isinstance(content, dict) else {}


def _belongs(name: Path, split: str) -> bool:
    pattern = rf"(.*-)?{re.escape(split)}(-\d+-of-\d+)?(-[0-9a-f]+)?"
    return split in name.parts[:-1] or re.fullmatch(pattern, name.stem) is not None
