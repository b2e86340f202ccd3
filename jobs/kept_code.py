"""Compiled passes that are kept (see `analytics.warm`) are loaded without all that numba needs to compile others.

Before numba loads a pass, it has its own implementations of Python and numpy imported and registered, 250 modules: a third of a second and
30 MB in each process that labels. A kept pass is machine code and needs none of them. Where a pass is not kept and has to be compiled,
everything is loaded after all. This holds for the version of numba that requirements.lock names; tests/jobs/test_labelling_process.py
tells when it no longer does.
"""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def load_kept_code_alone() -> None:
    """For this process, from now on."""
    from numba.core import environment
    from numba.core.caching import Cache
    from numba.core.runtime import rtsys

    rebuilt = environment._rebuild_env

    def load_overload(cache: Any, signature: Any, context: Any) -> Any:
        rtsys.initialize(context)  # memory for arrays
        with cache._guard_against_spurious_io_errors():
            kept = cache._load_overload(signature, context)
        if kept is None:
            context.refresh()
        return kept

    def rebuild_environment(module: str, constants: Any, name: str) -> Any:
        """What surrounds a function: the names of its module, which nothing but code that runs within Python asks for."""
        if not module.startswith("numba."):
            return rebuilt(module, constants, name)
        known = environment.lookup_environment(name)
        if known is None:
            known = environment.Environment({"__name__": module})
            known.consts[:] = constants
            known.env_name = name
            environment.Environment._memo[name] = known
        return known

    Cache.load_overload = load_overload  # type: ignore[method-assign]
    environment._rebuild_env = rebuild_environment
