"""Check a study's config and tables without running anything: ``python -m multipet.check``."""

import sys
from pathlib import Path

from multipet.config.loading import load_config
from multipet.config.study_summary import counted, study_summary
from multipet.config.table_checks import check_tables
from multipet.step import run_step


def main(words: list[str]) -> None:
    """CONFIG [CONFIG …]: check them as Snakemake would merge them; print what is in them."""
    if not words or any(word.startswith("-") for word in words):
        sys.exit("usage: check.py CONFIG.yaml [CONFIG.yaml …]")
    config = load_config([Path(word) for word in words])
    tables = check_tables(config)
    kinds = ("site", "model", "contrast")
    counts = [counted(len(config.values[f"{kind}s"]), kind) for kind in kinds]
    print(f"{words[-1]} and its tables can be run: {', '.join(counts)}.\n")
    print(study_summary(config.values, tables))


if __name__ == "__main__":
    run_step(main)
