"""YAML as plain values, with the file and line of every key."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from multipet.core.problems import Problem, UserError

Key = tuple[str | int, ...]

#: Values that a config may have; a study of 200 regions has a hundredth of them.
MOST_VALUES = 100_000


@dataclass(frozen=True)
class Place:
    """File and line of one key."""

    file: Path
    line: int


def dotted(key: Key) -> str:
    """``("contrasts", "sex", 0)`` as ``contrasts.sex[0]``."""
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".") or "(top level)"


class YamlReader:
    """Builds plain values from YAML nodes, keeping lines and collecting problems."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.places: dict[Key, Place] = {}
        self.problems: list[Problem] = []
        self._scalars = yaml.constructor.SafeConstructor()
        self._open: set[int] = set()
        self._read = 0

    def read(self, node: yaml.Node, key: Key) -> Any:
        self._read += 1
        if self._read > MOST_VALUES:  # a few lines of aliases can stand for billions
            message = f"has more than {MOST_VALUES:,} values"
            raise UserError(Problem(self.path.name, message, "write them out without aliases (*)"))
        self.places.setdefault(key, Place(self.path, node.start_mark.line + 1))
        if id(node) in self._open:
            self._refuse(node, key, "refers to itself")
            return None
        self._open.add(id(node))
        value = self._value(node, key)
        self._open.discard(id(node))
        return value

    def _value(self, node: yaml.Node, key: Key) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, key)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*key, i)) for i, item in enumerate(node.value)]
        return self._scalar(node, key)

    def _mapping(self, node: yaml.MappingNode, key: Key) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            name = self._name(key_node, key)
            if name is None:
                continue
            here = (*key, name)
            if name in values:
                first = self.places[here].line
                self._refuse(key_node, here, f"is given twice, first in line {first}")
                continue
            self.places[here] = Place(self.path, key_node.start_mark.line + 1)
            values[name] = self.read(value_node, here)
        return values

    def _name(self, node: yaml.Node, key: Key) -> str | None:
        if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:str":
            return node.value
        written = node.value if isinstance(node, yaml.ScalarNode) else "a collection"
        if node.tag == "tag:yaml.org,2002:merge":
            self._refuse(node, key, "merge keys (<<) are not understood", "write the keys out")
        else:
            self._refuse(node, key, f"key {written} is not text", f'quote it: "{written}"')
        return None

    def _scalar(self, node: yaml.ScalarNode, key: Key) -> Any:
        kind = node.tag.rpartition(":")[2]
        if kind not in {"str", "int", "float", "bool", "null"}:
            # a date stays the text that was written; any other tag is refused
            if kind != "timestamp":
                self._refuse(node, key, f"tag {node.tag} is not understood")
            return node.value
        try:
            return self._scalars.construct_object(node)
        except (ValueError, yaml.YAMLError):
            self._refuse(node, key, f"{node.value} is not a number", "quote it if it is text")
            return None

    def _refuse(self, node: yaml.Node, key: Key, message: str, hint: str = "") -> None:
        where = f"{self.path.name}:{node.start_mark.line + 1}: {dotted(key)}"
        self.problems.append(Problem(where, message, hint))


#: Bytes that a config may have; a study of 200 regions has a hundredth of them.
LARGEST = 10**7


@dataclass(frozen=True)
class ConfigFile:
    """Values of one or several merged YAML files, and where each of them stands.

    Attributes
    ----------
    values
        Plain dicts, lists, texts, numbers and truth values.
    places
        Key path, e.g. ``("contrasts", "sex", "model")``, to file and line.
    """

    values: dict[str, Any]
    places: Mapping[Key, Place] = field(default_factory=dict)

    def place(self, key: Key) -> Place | None:
        """File and line of ``key``, or of the nearest key above it."""
        while key and key not in self.places:
            key = key[:-1]
        return self.places.get(key)

    def problem(self, key: Key, message: str, hint: str = "") -> Problem:
        """A problem at ``key``: ``study.yaml:41: contrasts.sex.model: …``."""
        place = self.place(key)
        where = f"{place.file.name}:{place.line}: " if place else "config: "
        return Problem(where + dotted(key), message, hint)


def read_config_file(path: Path) -> ConfigFile:
    """Read one YAML file.

    Raises
    ------
    UserError
        If it cannot be read or is far too large, is not YAML, holds no mapping at its top, or
        has a duplicate key or a key that is not text.
    """
    try:
        return _read(path)
    except RecursionError:
        raise UserError(Problem(path.name, "has lists or keys nested far too deeply")) from None


def _read(path: Path) -> ConfigFile:
    try:
        if path.stat().st_size > LARGEST:
            raise UserError(Problem(path.name, "is far too large for a config"))
        text = path.read_text(encoding="utf-8-sig")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except OSError as error:
        raise UserError(Problem(str(path), f"cannot be read: {error.strerror}")) from None
    except (UnicodeDecodeError, yaml.reader.ReaderError):
        raise UserError(Problem(str(path), "is not text", "save it as UTF-8")) from None
    except yaml.YAMLError as error:
        raise UserError(_syntax_problem(path, error)) from None
    if not isinstance(node, yaml.MappingNode):
        raise UserError(Problem(path.name, "holds no keys", "see config/config.yaml"))
    reader = YamlReader(path)
    values = reader.read(node, ())
    if reader.problems:
        raise UserError(reader.problems)
    return ConfigFile(values, reader.places)


def merge(files: Sequence[ConfigFile]) -> ConfigFile:
    """Merge config files as Snakemake does: later ones win, mappings are merged key by key.

    A value that no file holds, as it comes from the command line, has no place.
    """
    values: dict[str, Any] = {}
    places: dict[Key, Place] = {}
    for file in files:
        _update(values, file.values)
        given = set(_leaves(file.values))
        places = {key: place for key, place in places.items() if key not in given}
        places.update(file.places)
    return ConfigFile(values, places)


def _leaves(values: Mapping[str, Any], above: Key = ()) -> Iterator[Key]:
    """Keys of the values that are no mappings."""
    for name, value in values.items():
        key = (*above, name)
        if isinstance(value, Mapping):
            yield from _leaves(value, key)
        else:
            yield key


def _update(old: dict[str, Any], new: Mapping[str, Any]) -> None:
    for key, value in new.items():
        if isinstance(value, Mapping) and isinstance(old.get(key), dict):
            _update(old[key], value)
        else:
            old[key] = _copied(value)


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_copied(item) for item in value]
    return value


def _syntax_problem(path: Path, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    where = f"{path.name}:{mark.line + 1}" if mark else path.name
    said = getattr(error, "problem", None) or "cannot be parsed"
    if r"'\t'" in said:
        return Problem(where, "has a tab, which YAML does not allow", "put spaces in its place")
    return Problem(where, f"is not YAML: {said}", "quote texts that hold : # [ ] { } , or %")
