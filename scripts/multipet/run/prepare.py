"""A study made ready to run: config and tables checked, and the spec of every job written."""

import hashlib
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from multipet.config.config_file import ConfigFile
from multipet.config.jobs import specs
from multipet.config.loading import load_config, with_paths
from multipet.config.part import plain, typed
from multipet.config.resolved import atlas_files
from multipet.config.specs import write_spec
from multipet.config.study import Study, study_of
from multipet.core.files import canonical_json, read_json, sha256_of, write_text_if_changed
from multipet.core.lock import only_run
from multipet.core.problems import Problem, UserError
from multipet.run.checksums import remove_damaged, remove_withdrawn
from multipet.run.fingerprint import fingerprint

if TYPE_CHECKING:
    from multipet.config.checks.tables import CheckedTables

SCRIPTS = Path(__file__).parents[2]
FILE = "size.json"
#: What the tables were like when they were last found right.
RECORD = "checked.json"
#: The study as the run began, which its jobs read: the config may be edited meanwhile.
STUDY = "study.json"


@dataclass(frozen=True)
class StudySize:
    """Counts over all tables of a study.

    Attributes
    ----------
    regions
        Regions of the pooled table.
    scans
        Scans of each site.
    """

    regions: int = 0
    scans: Mapping[str, int] = field(default_factory=dict)

    @property
    def all_scans(self) -> int:
        """Scans of all sites."""
        return sum(self.scans.values())

    @property
    def values(self) -> int:
        """Cells of the pooled table: scans x regions."""
        return self.all_scans * self.regions


def size_of(tables: "CheckedTables") -> StudySize:
    """Count what the tables of a study hold."""
    scans = {table.site: 0 for table in tables.sites}
    for scan in tables.pooled.scans:
        scans[scan.site] += 1
    return StudySize(len(tables.pooled.regions), scans)


def write_size(folder: Path, size: StudySize) -> None:
    """Keep the size for the jobs on other machines, which do not read the tables again."""
    write_text_if_changed(folder / FILE, canonical_json(asdict(size)))


def read_size(folder: Path) -> StudySize:
    """What ``write_size`` kept; a study of nothing where it has not."""
    path = folder / FILE
    return StudySize(**read_json(path)) if path.is_file() else StudySize()


#: First line of ``results/config.yaml``: the folder is ours.
MARK = "# The config as multipet ran it, with every default."


def prepare_study(
    files: Sequence[Path], overrides: Mapping[str, Any], results: Path, *, dry_run: bool = False
) -> Study:
    """Check a study and write its specs; nothing is written where anything is wrong.

    This process is then the one run of the results folder, until it ends.

    Parameters
    ----------
    files, overrides
        As for ``config.load_config``.
    results
        Results folder; gets ``config.yaml`` and ``specs/``.
    dry_run
        Whether results of sites that left the study are only named, not removed. Damaged
        results are removed, as no run uses them.

    Returns
    -------
    Study
        The config with its defaults.

    Raises
    ------
    UserError
        With every problem found; or if another run uses the results folder.
    """
    config = load_config(files, overrides)
    study = study_of(config.values)
    checksums = _checksums(study)
    state = _state(study, checksums)
    size = _size_if_checked(results / "specs", state) or _checked_size(config)
    _refuse_foreign(results)
    with only_run(results):
        told = remove_withdrawn(results, study.sites, dry_run=dry_run)
        told += remove_damaged(results, specs(study))
        print(*(f"NOTE {problem}\n" for problem in told), sep="", end="", file=sys.stderr)
        _date_back(results)
        values = with_paths(config.values, lambda _, path: _from(results, path))
        text = yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=100)
        write_text_if_changed(results / "config.yaml", f"{MARK}\n{text}")
        # the order of keys is part of it
        text = json.dumps(plain(study), indent=1, ensure_ascii=False, allow_nan=False)
        write_text_if_changed(results / "specs" / STUDY, f"{text}\n")
        write_specs(study, results / "specs")
        # specs hold checksums of what was checked, and of nothing else
        _refuse_changed(checksums, _checksums(study))
        write_size(results / "specs", size)
        write_text_if_changed(results / "specs" / RECORD, _record(state, size))
    return study


def recorded_study(results: Path) -> Study:
    """The study as ``prepare_study`` recorded it, for the jobs of the run that it began.

    Raises
    ------
    UserError
        If there is no record.
    """
    path = results / "specs" / STUDY
    if not path.is_file():
        message = "is not there: the run that this job belongs to has lost its record"
        raise UserError(Problem(str(path), message, "run the same command again"))
    return typed(Study, read_json(path))


def _date_back(results: Path) -> None:
    """Date nothing later than now: what is made from now on would seem older than it.

    So are results of a computer whose clock was ahead, which would hide every edit.
    """
    now = time.time_ns()
    for path in results.rglob("*"):
        if path.lstat().st_mtime_ns > now:
            os.utime(path, ns=(now, now), follow_symlinks=False)


def _checked_size(config: ConfigFile) -> StudySize:
    from multipet.config.checks.tables import check_tables  # with numpy, where a table is new

    return size_of(check_tables(config))


def _size_if_checked(folder: Path, state: str) -> StudySize | None:
    """Size of tables that were found right before, nothing having changed since."""
    try:
        size = read_size(folder)
        written = (folder / RECORD).read_text(encoding="utf-8")
    except (OSError, ValueError, TypeError):  # never written, or damaged
        return None
    return size if written == _record(state, size) else None


def _record(state: str, size: StudySize) -> str:
    return canonical_json({"state": state, "size": asdict(size)})


def _checksums(study: Study) -> dict[str, str]:
    """Checksum of each file that a study's tables and atlas are read from."""
    people = [study.participants] if study.participants else []
    tables = [entry.path for entry in [*study.sites.values(), *people]]
    paths = [path for path in [*tables, *atlas_files(study)] if Path(path).is_file()]
    return {str(path): sha256_of(path) for path in paths}


def _refuse_changed(checked: Mapping[str, str], now: Mapping[str, str]) -> None:
    changed = [path for path in checked if now.get(path) != checked[path]]
    if changed:
        message, hint = "was changed while multipet was running", "run the same command again"
        raise UserError([Problem(path, message, hint) for path in changed])


def _state(study: Study, checksums: Mapping[str, str]) -> str:
    """Hash of all that decides whether the tables are right: config, files, code of the checks."""
    files = list(checksums.values())
    known = canonical_json([plain(study), files, fingerprint(SCRIPTS / "check.py")])
    return hashlib.sha256(known.encode()).hexdigest()


def write_specs(study: Study, folder: Path) -> None:
    """Write ``<folder>/<rule>/<id>.json`` for every job, each only where it changed."""
    jobs = specs(study)
    of_rule = {rule: fingerprint(SCRIPTS / f"{rule}.py") for rule in {rule for rule, _ in jobs}}
    for (rule, name), spec in jobs.items():
        write_spec(folder / rule / f"{name}.json", spec, of_rule[rule])


def _refuse_foreign(results: Path) -> None:
    """A folder with files that multipet did not make is not written to."""
    record = results / "config.yaml"
    if record.is_file() and record.read_text(encoding="utf-8", errors="replace").startswith(MARK):
        return
    if (results / "specs" / RECORD).is_file():  # the record is lost or damaged
        return
    # hidden files are what a run that was killed in its first moment leaves
    if results.is_dir() and any(not path.name.startswith(".") for path in results.iterdir()):
        message = "holds files that multipet did not make; they would be overwritten"
        raise UserError(Problem(str(results), message, "run elsewhere: --directory NEW_FOLDER"))


def _from(folder: Path, path: str) -> str:
    return path if Path(path).is_absolute() else os.path.relpath(path, folder)
