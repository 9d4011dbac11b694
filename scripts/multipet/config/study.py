"""A study made ready to run: config and tables checked, and the spec of every job written."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from multipet.config.loading import load_config, with_paths
from multipet.config.specs import write_specs
from multipet.config.study_size import size_of, write_size
from multipet.config.table_checks import check_tables
from multipet.files import write_text_if_changed
from multipet.problems import Problem, UserError
from multipet.run_lock import only_run

#: First line of ``results/config.yaml``: the folder is ours.
MARK = "# The config as multipet ran it, with every default."


def prepare_study(
    files: Sequence[Path], overrides: Mapping[str, Any], results: Path, *, write: bool
) -> dict[str, Any]:
    """Check a study and write its specs; nothing is written where anything is wrong.

    Parameters
    ----------
    files, overrides
        As for ``config.load_config``.
    results
        Results folder; gets ``config.yaml`` and ``specs/``.
    write
        False for a job of a run that has already checked and written. True makes this
        process the one run of the results folder, until it ends.

    Returns
    -------
    dict
        The config with its defaults.

    Raises
    ------
    UserError
        With every problem found; or if another run uses the results folder.
    """
    config = load_config(files, overrides)
    if write:
        tables = check_tables(config)
        _refuse_foreign(results)
        with only_run(results):
            values = with_paths(config.values, lambda _, path: _from(results, path))
            text = yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=100)
            write_text_if_changed(results / "config.yaml", f"{MARK}\n{text}")
            write_specs(config.values, results / "specs")
            write_size(results / "specs", size_of(tables))
    return config.values


def _refuse_foreign(results: Path) -> None:
    """A folder with files that multipet did not make is not written to."""
    record = results / "config.yaml"
    if record.is_file() and record.read_text(encoding="utf-8", errors="replace").startswith(MARK):
        return
    # hidden files are what a run that was killed in its first moment leaves
    if results.is_dir() and any(not path.name.startswith(".") for path in results.iterdir()):
        message = "holds files that multipet did not make; they would be overwritten"
        raise UserError(Problem(str(results), message, "run elsewhere: --directory NEW_FOLDER"))


def _from(folder: Path, path: str) -> str:
    return path if Path(path).is_absolute() else os.path.relpath(path, folder)
