"""Are the tables of two results folders the same? Run it before and after a change of the code.

    python benchmarks/same_numbers.py BEFORE/results AFTER/results

Compares every table (TSV) and every fit (JSON) that either folder holds: texts to the letter,
numbers to 1e-12 of the larger of the two and of 1. Ends with 1 where anything differs.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

TOLERANCE = 1e-12
#: Not numbers of the study: what a run was asked, how long it took, what it said.
SKIPPED = ("specs", "logs", "benchmarks", "reports")


def compared_files(folder: Path) -> set[Path]:
    """Tables and fits below a results folder, relative to it."""
    files = {path.relative_to(folder) for path in folder.rglob("*.tsv")}
    files |= {path.relative_to(folder) for path in folder.glob("models/*/fits.json")}
    return {path for path in files if path.parts[0] not in SKIPPED}


def differences(before: Path, after: Path) -> Iterator[str]:
    """Every difference between two results folders, a line each."""
    old, new = compared_files(before), compared_files(after)
    yield from (f"{path}: only before" for path in sorted(old - new))
    yield from (f"{path}: only after" for path in sorted(new - old))
    for path in sorted(old & new):
        read = _table if path.suffix == ".tsv" else _json
        yield from (f"{path}: {line}" for line in read(before / path, after / path))


def _table(before: Path, after: Path) -> Iterator[str]:
    old, new = (pd.read_csv(path, sep="\t", dtype=str, na_filter=False) for path in (before, after))
    if list(old) != list(new):
        yield f"columns {sorted(set(old) ^ set(new)) or 'in another order'}"
    if len(old) != len(new):
        yield f"{len(old)} rows before, {len(new)} after"
        return
    for name in [name for name in old if name in new]:
        pairs = zip(old[name], new[name], strict=True)
        unlike = [pair for pair in pairs if not same(*pair)]
        if unlike:
            example = " and ".join(unlike[0])
            yield f"{name}: {len(unlike)} of {len(old)} cells, e.g. {example}"


def _json(before: Path, after: Path) -> Iterator[str]:
    old, new = (dict(_leaves(json.loads(path.read_text()))) for path in (before, after))
    unlike = [key for key in old.keys() | new.keys() if not same(old.get(key), new.get(key))]
    if unlike:
        yield f"{len(unlike)} of {len(old)} values, e.g. {sorted(unlike)[0]}"


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _leaves(part, f"{key}/{name}")
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from _leaves(part, f"{key}/{place}")
    else:
        yield key, value


def same(old: Any, new: Any) -> bool:
    """Whether two cells are the same text, or the same number but for rounding."""
    if old == new:
        return True
    try:
        first, second = float(old), float(new)
    except (TypeError, ValueError):
        return False
    return abs(first - second) <= TOLERANCE * max(1.0, abs(first), abs(second))


def main() -> int:
    """Print the differences; 1 where there are any."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    given = parser.parse_args()
    lines = list(differences(given.before, given.after))
    n_files = len(compared_files(given.after))
    print(*lines, f"{n_files} files compared, {len(lines)} differences", sep="\n")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
