"""Parquet that a stranger forged for a store: tables with columns and cells that they must not have."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq

from spectra.store.packs import digests
from spectra.training.sealed_json import sealed, unsealed
from tests.fuzz.mutations import altered, as_json, mutated


def resealed(data: bytes, random: Random) -> bytes:
    """A sealed record with something strange in it, and a digest that matches."""
    try:
        return sealed(altered(unsealed(data), random))
    except (TypeError, ValueError, RecursionError):  # what is no JSON cannot be sealed
        return as_json(altered(json.loads(data), random))


def forged_table(table: pa.Table, random: Random) -> bytes:
    """A table with a column or a row that it should not have, as parquet."""
    place = random.randrange(table.num_columns)
    field = table.schema.field(place)
    table = random.choice(FORGERIES)(table, place, field, random)
    buffer = io.BytesIO()
    if random.random() < 0.5 and "digest" in table.column_names:
        table = _with_digests(table)
    pq.write_table(table, buffer, write_page_checksum=random.random() < 0.5)
    return buffer.getvalue()


def _with_digests(table: pa.Table) -> pa.Table:
    try:
        made = pa.array(digests(table), pa.binary())
        return table.set_column(table.schema.get_field_index("digest"), "digest", made)
    except (AttributeError, TypeError, KeyError, ValueError, pa.ArrowException):
        return table


def _nulls(table: pa.Table, place: int, field: pa.Field, random: Random) -> pa.Table:
    cells = table.column(place).to_pylist()
    if isinstance(cells[0], list) and random.random() < 0.7:
        cells[random.randrange(len(cells))][0] = None
    else:
        cells[random.randrange(len(cells))] = None
    return table.set_column(place, field, pa.array(cells, field.type))


def _type(table: pa.Table, place: int, field: pa.Field, random: Random) -> pa.Table:
    kind = random.choice((pa.string(), pa.large_string(), pa.int32(), pa.float32(), pa.bool_(), pa.null(), pa.date32()))
    made = pa.nulls(table.num_rows, kind)
    return table.set_column(place, field.name, made)


def _twice(table: pa.Table, place: int, field: pa.Field, random: Random) -> pa.Table:
    return random.choice((pa.concat_tables([table, table]), table.append_column(field, table.column(place))))


def _without(table: pa.Table, place: int, field: pa.Field, random: Random) -> pa.Table:
    return table.remove_column(place)


def _text(table: pa.Table, place: int, field: pa.Field, random: Random) -> pa.Table:
    cells = table.column(place).to_pylist()
    at = random.randrange(len(cells))
    if field.name in ("run", "quantity") and isinstance(cells[at], str):
        cells[at] = random.choice(("../../x", "", "\x1b[2J", "diverged", "x" * 999))
    elif field.name in ("spec", "record"):
        data = mutated(cells[at].encode(), random) if field.name == "spec" else resealed(cells[at].encode(), random)
        cells[at] = data.decode(errors="replace")
    elif isinstance(cells[at], list):
        cells[at] = random.choice((cells[at] * 2, cells[at][:-1], []))
    return table.set_column(place, field, pa.array(cells, field.type))


Forgery = Callable[[pa.Table, int, pa.Field, Random], pa.Table]
FORGERIES: tuple[Forgery, ...] = (_nulls, _nulls, _type, _twice, _without, _text, _text, _text)
