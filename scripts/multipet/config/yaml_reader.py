"""YAML as plain values, with the file and line of every key."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from multipet.problems import Problem, UserError

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
