"""Versions of multipet, Python and the libraries that make its numbers."""

import platform
from importlib.metadata import PackageNotFoundError, version

from multipet import __version__

LIBRARIES = ("numpy", "scipy", "pandas", "statsmodels")


def versions(libraries: tuple[str, ...] = LIBRARIES) -> dict[str, str]:
    """Versions in this process by name; a library that is not installed is left out."""
    found = {"multipet": __version__, "python": platform.python_version()}
    for library in libraries:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found
