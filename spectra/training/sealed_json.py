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
    # The text is not made again from the content: that takes long for thousands of runs, and longer for malice.
    line = b' "digest": "' + str(digest).encode(errors="replace") + b'"'
    cuts = (line + b",\n", b",\n" + line) if content else (b"\n" + line + b"\n",)
    if not any(hashlib.sha256(data.replace(cut, b"", 1)).hexdigest() == digest for cut in cuts):
        raise ValueError("it does not match its own digest")
    return dict(content)


def _text(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=1, sort_keys=True, allow_nan=False) + "\n").encode()
