"""A typed, frozen part of a study's config, and its way from and to JSON."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import msgspec

Shape = TypeVar("Shape", bound=msgspec.Struct)


class LikeMapping:
    """Temporary: a typed part of the config that still answers ``part["key"]``."""

    __slots__ = ()

    def __getitem__(self, key: str) -> Any:
        if key not in self:
            raise KeyError(key)
        return getattr(self, key)

    def __contains__(self, key: object) -> bool:
        return key in self.keys()

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self.keys())

    def __or__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        return {**self, **other}

    def keys(self) -> list[str]:
        """Fields that are given."""
        fields = msgspec.structs.fields(type(self))
        return [f.name for f in fields if f.required or getattr(self, f.name) != f.default]

    def items(self) -> list[tuple[str, Any]]:
        """Given fields with their values."""
        return [(key, getattr(self, key)) for key in self.keys()]

    def get(self, key: str, default: Any = None) -> Any:
        """Value of a field, if it is given."""
        return getattr(self, key) if key in self else default


Mapping.register(LikeMapping)


class Part(
    LikeMapping,
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """A part of a study's config, or of what is written for one job."""


def typed(shape: type[Shape], values: Any) -> Shape:
    """Checked values as a typed part.

    Raises
    ------
    msgspec.ValidationError
        If they lack a key, have one too many, or one of another type.
    """
    return msgspec.convert(values, shape)


def plain(part: Any) -> Any:
    """A part as dicts and lists, for JSON and YAML; keys that are not given are left out."""
    return msgspec.to_builtins(part)


def reshaped(shape: type[Shape], part: Part, **more: Any) -> Shape:
    """The fields that ``shape`` shares with ``part``, and ``more`` beside or in place of them."""
    shared = [name for name in shape.__struct_fields__ if name in part.__struct_fields__]
    return shape(**{name: getattr(part, name) for name in shared} | more)
