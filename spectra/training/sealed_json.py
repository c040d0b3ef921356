"""JSON that carries a digest of itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def sealed(content: Mapping[str, Any]) -> bytes:
    """A table of plain values as JSON text, with the SHA-256 of the same text without it as `digest`."""
    return _text({**content, "digest": hashlib.sha256(_text(content)).hexdigest()})


def unsealed(data: bytes) -> dict[str, Any]:
    """The content of what `sealed` wrote.

    Raises:
        ValueError: If any byte differs from what was written.
    """
    try:
        content = json.loads(data)
        digest = content.pop("digest")
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError) as error:
        raise ValueError("it is not JSON with a digest") from error
    # Encoding it again takes most of the time of a look at thousands of runs; cutting one line out does not.
    before, _, after = data.partition(f' "digest": "{digest}",\n'.encode())
    if after and hashlib.sha256(before + after).hexdigest() == digest:
        return dict(content)
    try:
        same = sealed(content) == data and digest == hashlib.sha256(_text(content)).hexdigest()
    except RecursionError:  # some depths can be read and not written
        same = False
    if not same:
        raise ValueError("it does not match its own digest")
    return dict(content)


def _text(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=1, sort_keys=True, allow_nan=False) + "\n").encode()
