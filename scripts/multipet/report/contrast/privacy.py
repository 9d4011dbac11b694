"""What a page leaves out where ``report.participant_ids`` is false: ids and dates of scans."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from multipet.report.html.text import count

HIDDEN = "(id hidden)"
DATE_HIDDEN = "(date hidden)"
#: Days as tables and file names write them; a year or a month alone says little of a person.
MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
DATE = re.compile(
    r"(?<![\d.])(?:(?:19|20)\d\d([-/._]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])"
    r"|\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d"
    rf"|\d{{1,2}}[- ](?:{MONTHS})[a-z]*[- ](?:19|20)?\d\d)(?:[T ]\d\d:\d\d(?::\d\d)?)?(?!\d)",
    re.IGNORECASE,
)
#: A person in a file name, as BIDS has it.
SUBJECT = re.compile(r"(?<![A-Za-z0-9])sub-[A-Za-z0-9]+")
PERSON = "participant_id"


def hide_id(text: str, participant_id: str) -> str:
    """Replace the id in ``text`` wherever it stands as a word of its own."""
    if not participant_id:
        return text
    pieces, start = [], 0
    while (at := text.find(participant_id, start)) >= 0:
        end = at + len(participant_id)
        alone = not text[max(at - 1, 0) : at].isalnum() and not text[end : end + 1].isalnum()
        pieces += [text[start:at], HIDDEN if alone else participant_id]
        start = end
    return "".join([*pieces, text[start:]])


def hide_dates(text: str) -> str:
    """Replace the days in ``text``."""
    return DATE.sub(DATE_HIDDEN, text)


def hide_people(name: str, ids: Collection[str]) -> str:
    """The name of a file without the ids and days in it."""
    for one in sorted(ids, key=len, reverse=True):
        name = hide_id(name, one)
    return hide_dates(SUBJECT.sub(f"sub-{HIDDEN}", name))


def hidden_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """A config whose entries of tables name no person and no day of a scan.

    What ``select``, ``values`` and ``constants`` say of the column of ids becomes ``(12 ids
    hidden)``; days, wherever they stand there, ``(2 dates hidden)``.

    Returns
    -------
    dict
        The same object in content where nothing had to be hidden.
    """
    sites = {name: _hidden_entry(entry) for name, entry in config["sites"].items()}
    people = config.get("participants")
    return {
        **config,
        "sites": sites,
        **({"participants": _hidden_entry(people)} if people else {}),
    }


def named_people(config: Mapping[str, Any]) -> set[str]:
    """Ids that the config itself names."""
    entries = [*config["sites"].values(), config.get("participants") or {}]
    return {
        text
        for entry in entries
        for key in ("select", "values", "constants")
        for column, said in (entry.get(key) or {}).items()
        if column in _id_columns(entry)
        for text in _texts(said)
    }


def _hidden_entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of a table with its people and days counted instead of named."""
    own, ids = dict(entry), named_people({"sites": {"": entry}})
    for key in ("select", "values", "constants"):
        if entry.get(key):
            own[key] = {
                column: f"({_counted(said, 'id')})"
                if column in _id_columns(entry)
                else _without_dates(said)
                for column, said in entry[key].items()
            }
    own["path"] = hide_people(entry["path"], ids)
    return {key: _without_dates(said) for key, said in own.items()}


def _id_columns(entry: Mapping[str, Any]) -> set[str]:
    """Our name of the column of ids, and the table's."""
    return {PERSON, (entry.get("columns") or {}).get(PERSON, PERSON)}


def _counted(said: Any, noun: str) -> str:
    n = len(said) if isinstance(said, Mapping) else len(set(_texts(said)))
    return f"{count(n, noun)} hidden"


def _without_dates(said: Any) -> Any:
    """The same, days replaced; a list or mapping of days is counted."""
    dates = [text for text in _texts(said) if DATE.search(text)]
    if not dates:
        return said
    if isinstance(said, str):
        return hide_dates(said)
    if isinstance(said, Mapping) and not any(DATE.search(str(key)) for key in said):
        return {key: _without_dates(value) for key, value in said.items()}
    return f"({count(len(set(dates)), 'date')} hidden)"


def _texts(said: Any) -> list[str]:
    """Every text in a setting, keys of mappings included."""
    if isinstance(said, Mapping):
        return [text for pair in said.items() for part in pair for text in _texts(part)]
    if isinstance(said, list | tuple):
        return [text for part in said for text in _texts(part)]
    return [str(said)]
