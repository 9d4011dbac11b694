"""What each step wrote, so that a damaged result is told and made again, never used.

A step leaves ``checksums/<rule>/<id>.sha256`` below the results: the SHA-256 of every file that
it wrote, as ``sha256sum`` has it. Dates play no part.
"""

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from multipet.core.files import noting_writes, sha256_of, write_text
from multipet.core.problems import Problem

FOLDER = "checksums"
#: What Snakemake leaves in a folder that a step made.
STAMP = ".snakemake_timestamp"
AGAIN = "it was removed and is made again, with all that its step wrote"


@contextmanager
def recorded(results: Path, rule: str, name: str) -> Iterator[None]:
    """Record what a step writes within; a step that does not end well has no record.

    Parameters
    ----------
    results
        Results folder.
    rule, name
        The step, and the site, model, contrast or harmonisation that it is for.
    """
    path = record_of(results, rule, name)
    path.unlink(missing_ok=True)
    with noting_writes() as written:
        yield
    root = results.resolve()
    lines = {
        file.resolve().relative_to(root).as_posix(): digest
        for file, digest in written.items()
        if file.resolve().is_relative_to(root)
    }
    write_text(path, _text(lines))


def record_of(results: Path, rule: str, name: str) -> Path:
    """Where the checksums of a step's files stand."""
    return results / FOLDER / rule / f"{name}.sha256"


def remove_damaged(results: Path, jobs: Iterable[tuple[str, str]]) -> list[Problem]:
    """Remove what steps wrote where one of their files is lost or is not what was written.

    Snakemake then makes it again. A step of which nothing is left says nothing.

    Parameters
    ----------
    results
        Results folder.
    jobs
        Rule and id of every job of the study.

    Returns
    -------
    list of Problem
        A line for each damaged file.
    """
    told: list[Problem] = []
    for rule, name in jobs:
        record = record_of(results, rule, name)
        if record.is_file():
            told += _remove_if_damaged(results, record)
    return told


def _remove_if_damaged(results: Path, record: Path) -> list[Problem]:
    lines, whole = _read(record)
    paths = {results / name: digest for name, digest in lines.items()}
    there = [path for path in paths if path.is_file()]
    damaged = [path for path in there if sha256_of(path) != paths[path]]
    lost = [path for path in paths if not path.is_file()] if there else []
    told = [Problem(str(path), "is not what was written", AGAIN) for path in damaged]
    told += [Problem(str(path), "is lost", "it is made again") for path in lost]
    if not whole:
        told.append(Problem(str(record), "is not what was written", AGAIN))
    if told or not there:
        remove_files([*paths, record])
    return told


def remove_files(paths: Iterable[Path]) -> None:
    """Remove files, and the folders that are then empty."""
    for path in paths:
        path.unlink(missing_ok=True)
        if path.parent.is_dir() and {one.name for one in path.parent.iterdir()} <= {STAMP}:
            shutil.rmtree(path.parent)


def remove_withdrawn(results: Path, sites: Iterable[str], *, dry_run: bool) -> list[Problem]:
    """Remove the data of sites that left the study, and all results that were made with them.

    Parameters
    ----------
    results
        Results folder.
    sites
        Ids of the study's sites.
    dry_run
        Only say what a run would remove.
    """
    here = set(sites)
    sources = sorted((results / "tidy").glob("*.source.json"))
    known = [path.name.removesuffix(".source.json") for path in sources]
    left = [site for site in known if site not in here]
    if left and not dry_run:
        _remove_all_of(results, left)
    how = "would be removed" if dry_run else "were removed"
    message = f"is no longer in the study: its files and all results made with them {how}"
    return [Problem(f"site {site}", message, "the rest is made again") for site in left]


def _remove_all_of(results: Path, sites: Iterable[str]) -> None:
    """The sites' own files first; of the rest, everything but what reads one other site alone."""
    for site in sites:
        remove_files(
            [
                *(results / "tidy").glob(f"{site}.*"),
                results / f"specs/tidy_site/{site}.json",
                results / f"logs/tidy_site/{site}.log",
                results / f"benchmarks/tidy_site/{site}.tsv",
                record_of(results, "tidy_site", site),
            ]
        )
    remove_files([*(results / "tidy").glob("pooled.*"), *results.glob("findings.*")])
    for folder in ("harmonised", "models", "contrasts", "reports"):
        shutil.rmtree(results / folder, ignore_errors=True)
    for logs in (results / "logs").glob("*"):
        if logs.is_dir() and logs.name not in ("tidy_site", "outline_atlas"):
            shutil.rmtree(logs)


def _text(lines: Mapping[str, str]) -> str:
    rows = "".join(f"{lines[name]}  {name}\n" for name in sorted(lines))
    return f"{rows}# {hashlib.sha256(rows.encode()).hexdigest()}\n"


def _read(record: Path) -> tuple[dict[str, str], bool]:
    """Checksums by file, and whether the record is whole."""
    text = record.read_text(encoding="utf-8", errors="replace")
    rows = [line.split("  ", 1) for line in text.splitlines() if not line.startswith("#")]
    lines = {row[1]: row[0] for row in rows if len(row) == 2}
    return lines, _text(lines) == text
