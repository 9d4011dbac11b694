"""multipet: multi-site PET studies from raw regional values to one report a contrast."""

from importlib import import_module
from typing import Any

__version__ = "0.2.0"

#: What `multipet.<name>` is, and its module: imported where it is used first.
_OFFERED = {
    "analyse": "multipet.run.analyse",
    "estimate": "multipet.inference",
    "fit_model": "multipet.mixed_model",
    "fit_regions": "multipet.mixed_model",
    "harmonise": "multipet.harmonisation",
}
__all__ = list(_OFFERED)


def __getattr__(name: str) -> Any:
    if name in _OFFERED:
        return getattr(import_module(_OFFERED[name]), name)
    raise AttributeError(f"module 'multipet' has no attribute '{name}'")


def __dir__() -> list[str]:
    return [*globals(), *_OFFERED]
