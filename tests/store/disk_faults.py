"""Disks that fail: one call among all that change them, or all from one on."""

import builtins
import errno
import io
import os
from contextlib import contextmanager
from itertools import count

import pytest

ADVICE = {
    errno.ENOSPC: "disk is full; make room",
    errno.EIO: "the connection to it, has failed; see to it",
    errno.EINTR: "was interrupted; start again",
    errno.EDQUOT: "disk quota is used up; make room",
}
"""What is said of each failure."""

CODES = [errno.ENOSPC, *(pytest.param(code, marks=pytest.mark.slow) for code in list(ADVICE)[1:])]

CALLS = ("mkdir", "rename", "replace", "unlink", "rmdir", "fsync", "open", "write", "utime")
"""What changes a disk, of the module os; what is written to a file counts as well, as often as it reaches the disk."""

CLEARING = {"open", "unlink", "rmdir"}
"""What fails where a folder is removed: it then stays until it is swept, like what the dead leave."""


class _File(io.FileIO):
    """A file of which every write may fail."""

    def __init__(self, tick, *arguments):
        self.tick = tick
        super().__init__(*arguments)

    def write(self, data):
        self.tick("write", self.name)
        return super().write(data)


@contextmanager
def failing(number, code, *, lasting=False):
    """The call with this number fails, and all after it if that lasts; gives the names of those that did."""
    numbers, failures = count(), []

    def tick(name, place):
        now = next(numbers)
        if now == number or (lasting and now > number):
            failures.append(name)
            raise OSError(code, os.strerror(code), str(place))

    def counted(name, function):
        def call(*arguments, **settings):
            tick(name, arguments[0])
            return function(*arguments, **settings)

        return call

    def opened(file, mode="r", *arguments, closefd=True, **settings):
        if mode not in ("wb", "xb"):
            return plain(file, mode, *arguments, closefd=closefd, **settings)
        if not isinstance(file, int):
            tick("open", file)
        return io.BufferedWriter(_File(tick, file, mode, closefd))

    plain = io.open
    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS:
            patch.setattr(os, name, counted(name, getattr(os, name)))
        for module in (io, builtins):
            patch.setattr(module, "open", opened)
        yield failures


def told(act, *arguments):
    """What an act says where it fails; None where it does not."""
    try:
        act(*arguments)
    except OSError as error:
        return str(error)
    return None
