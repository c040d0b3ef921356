"""Records of pieces as makers leave them."""

import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

from spectra.engines.maker import Maker
from spectra.engines.progress_record import UnderWay, write_record

SPECS = tuple(SimpleNamespace(identity=f"{number:016x}", steps=30, pretraining=10) for number in range(3))
AFAR = Maker("elsewhere", "another machine", 7, "1")


def planted(folder: Path, maker: Maker = AFAR, **changes: object) -> Path:
    """A record as a maker would have left it."""
    (folder / "work").mkdir(parents=True, exist_ok=True)
    path = folder / "work" / f"{SPECS[0].identity}-{maker.pid}-00000000.json"
    record = UnderWay(maker, "cpu", (SPECS[0].identity,), 10, 40, 0, 5.0, (), 3, time.monotonic())
    write_record(path, replace(record, **changes))
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "work").iterdir())
