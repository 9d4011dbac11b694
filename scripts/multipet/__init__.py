"""multipet: multi-site PET studies from raw regional values to one report a contrast."""

from importlib import import_module, metadata
from pathlib import Path
from typing import Any

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
    if name == "__version__":
        return _version()
    if name in _OFFERED:
        return getattr(import_module(_OFFERED[name]), name)
    raise AttributeError(f"module 'multipet' has no attribute '{name}'")


def _version() -> str:
    """The version in pyproject.toml: of this checkout, or as it was when multipet was installed."""
    import tomllib

    project = Path(__file__).parents[2] / "pyproject.toml"
    if project.is_file():
        return tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"]
    return metadata.version("multipet")


def __dir__() -> list[str]:
    return [*globals(), "__version__", *_OFFERED]
