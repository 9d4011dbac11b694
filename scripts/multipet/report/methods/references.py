"""The papers that a methods text cites, read from ``references.bib``."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

BIB = Path(__file__).with_name("references.bib")
#: The file holds articles alone, a field a line.
ENTRY = re.compile(r"@article\{(?P<key>\w+),\n(?P<fields>(?:  .*\n)+)\}\n")
FIELD = re.compile(r"  (?P<name>\w+) = \{(?P<value>.*)\},\n")


@dataclass(frozen=True)
class Reference:
    """A paper.

    Attributes
    ----------
    key
        Its name in the file: ``bates2015``.
    authors
        Surnames and initials: ``Bates D``; ``et al.`` ends a list that goes on.
    year, title, journal, doi
        As printed; the doi is without its address.
    place
        Volume, number and pages as a reference list has them: ``67(1), 1–48``.
    bibtex
        The entry as it stands in the file.
    """

    key: str
    authors: tuple[str, ...]
    year: str
    title: str
    journal: str
    place: str
    doi: str
    bibtex: str

    @property
    def cited(self) -> str:
        """How a text names it: ``Bates et al., 2015``, ``Kenward & Roger, 1997``."""
        first, *others = (name.rpartition(" ")[0] for name in self.authors)
        who = first if not others else f"{first} & {others[0]}"
        if len(others) > 1 or "et al." in self.authors:
            who = f"{first} et al."
        return f"{who}, {self.year}"

    @property
    def text(self) -> str:
        """The line of a reference list."""
        names = ", ".join(self.authors)
        return f"{names} ({self.year}). {self.title}. {self.journal} {self.place}."


def reference(key: str) -> Reference:
    """The paper of that name in the file."""
    return references()[key]


def cited(keys: tuple[str, ...]) -> str:
    """Papers in brackets, as a sentence has them: `` (Johnson et al., 2007)``; empty for none."""
    return f" ({'; '.join(reference(key).cited for key in keys)})" if keys else ""


@cache
def references() -> dict[str, Reference]:
    """Every paper of the file, by its key."""
    entries = ENTRY.finditer(BIB.read_text(encoding="utf-8"))
    return {entry["key"]: _reference(entry) for entry in entries}


def _reference(entry: re.Match[str]) -> Reference:
    fields = {field["name"]: field["value"] for field in FIELD.finditer(entry["fields"])}
    return Reference(
        key=entry["key"],
        authors=tuple(map(_author, fields["author"].split(" and "))),
        year=fields["year"],
        title=fields["title"].strip("{}"),
        journal=fields["journal"].replace("\\&", "&"),
        place=_place(fields),
        doi=fields["doi"],
        bibtex=entry[0],
    )


def _author(name: str) -> str:
    """``Mächler M`` of ``Mächler, M.``."""
    if name == "others":
        return "et al."
    surname, _, initials = name.partition(", ")
    return f"{surname} {initials.replace('.', '').replace(' ', '')}"


def _place(fields: dict[str, str]) -> str:
    number = f"({fields['number']})" if "number" in fields else ""
    pages = f", {fields['pages'].replace('--', '–')}" if "pages" in fields else ""
    return f"{fields['volume']}{number}{pages}"
