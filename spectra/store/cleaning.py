"""What of a store could be deleted, and deleting it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from spectra.store.claims import claimed
from spectra.store.compaction import removed, run_folders
from spectra.store.durable import explained
from spectra.store.run_folder import IDENTITY
from spectra.store.store import RunStore
from spectra.training import RunSpec


@dataclass(frozen=True)
class Waste:
    """Things of one kind in a store that could be deleted."""

    kind: str  # what they are, for people
    names: tuple[str, ...]  # runs by identity, and what is in quarantine by its file
    bytes: int  # on the disk; of runs in a pack their share of it
    runs: frozenset[str]  # that nobody may be making while these are deleted
    delete: Callable[[], None]


def failed(store: RunStore) -> Waste:
    """Records of runs that did not finish."""
    paths = _inside(store.folder / "failed")
    names = tuple(path.stem for path in paths)
    return Waste("records of failures", names, _size(paths), frozenset(names), lambda: _delete(paths))


def quarantine(store: RunStore) -> Waste:
    """What was damaged, with the reasons."""
    paths = _inside(store.runs.quarantine)
    names = tuple(path.name for path in paths if path.suffix != ".txt")
    return Waste("damaged runs and packs in quarantine", names, _size(paths), frozenset(), lambda: _delete(paths))


def checkpoints(store: RunStore) -> Waste:
    """States of runs that are not finished, from which they would go on."""
    paths = [path for path in _inside(store.folder / "work") if IDENTITY.fullmatch(path.name)]
    names = tuple(path.name for path in paths)
    return Waste("checkpoints of unfinished runs", names, _size(paths), frozenset(names), lambda: _delete(paths))


def unlisted(store: RunStore, specs: Iterable[RunSpec]) -> Waste:
    """Finished runs that are not among those wanted.

    Args:
        store: Where they are.
        specs: Every run that is wanted.

    Returns:
        The others.
    """
    wanted = {spec.identity for spec in specs}
    folders = run_folders(store.folder) - wanted
    size = float(_size([store.folder / name for name in folders]))
    runs = set(folders)
    for pack in store.runs.packs:
        inside = store.runs.packs.runs(pack)
        runs |= inside - wanted
        size += _size([store.runs.packs.folder / pack]) * len(inside - wanted) / max(len(inside), 1)
    return Waste(
        "finished runs that no given recipe wants",
        tuple(sorted(runs)),
        round(size),
        frozenset(runs),
        lambda: removed(store.runs, runs),
    )


def delete(store: RunStore, wastes: Iterable[Waste]) -> None:
    """Delete for good.

    Args:
        store: Where the things are.
        wastes: The things.

    Raises:
        ValueError: If one of the runs concerned is being made at this moment; nothing is deleted then.
        OSError: If something cannot be deleted.
    """
    chosen = [*wastes]
    runs = sorted(frozenset().union(*(waste.runs for waste in chosen)))
    with claimed(store.folder, runs) as claims:
        if claims.elsewhere:
            raise ValueError(
                f"a sweep is making {len(claims.elsewhere)} of these runs in {store.folder} ({min(claims.elsewhere)} "
                "among them); wait until it ends, or stop it"
            )
        with explained(store.folder):
            for waste in chosen:
                waste.delete()


def _inside(folder: Path) -> list[Path]:
    with explained(folder):
        return sorted(folder.iterdir()) if folder.is_dir() else []


def _size(paths: Iterable[Path]) -> int:
    return sum(_file_size(file) for path in paths for file in _files(path))


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir() and not path.is_symlink():
        yield from (Path(place) / name for place, _, names in os.walk(path) for name in names)
    else:
        yield path


def _file_size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except FileNotFoundError:  # it has just gone
        return 0


def _delete(paths: Iterable[Path]) -> None:
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=not path.exists())
        else:
            path.unlink(missing_ok=True)
