"""A package that only pretends to be Ray."""

from types import SimpleNamespace


class RayError(Exception):
    """As in ray.exceptions."""


def raised(name, cause=None, parent=RayError):
    error = type(name, (parent,), {})(name)
    error.cause = cause
    return error


class Pretended:
    """As much of Ray as a pool uses: tasks end as a test says."""

    def __init__(self, *nodes):
        self.exceptions = SimpleNamespace(RayError=RayError)
        self.resources, self.results, self.options, self.cancelled = [*nodes], {}, [], []

    def get_runtime_context(self):
        return SimpleNamespace(get_node_id=lambda: "0")

    def nodes(self):
        return [
            {"NodeID": str(index), "Alive": node is not None, "Resources": node or {}}
            for index, node in enumerate(self.resources)
        ]

    def remote(self, **options):
        def submitted(*arguments):
            self.options.append(options | {"arguments": arguments})
            return len(self.options)

        return lambda function: SimpleNamespace(remote=submitted)

    def wait(self, references, *, num_returns, timeout):
        return [name for name in references if name in self.results], None

    def get(self, reference):
        if isinstance(self.results[reference], Exception):
            raise self.results[reference]
        return self.results[reference]

    def cancel(self, reference, *, force=False):
        self.cancelled.append((reference, force))
