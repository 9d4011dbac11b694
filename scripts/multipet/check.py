"""Check a study's config and tables without running anything: ``python -m multipet.check``."""

import sys
from pathlib import Path

from multipet.config import load_config
from multipet.step import run_step
from multipet.table_checks import check_tables


def main(words: list[str]) -> None:
    """CONFIG [CONFIG …]: check them as Snakemake would merge them; print what is in them."""
    if not words or any(word.startswith("-") for word in words):
        sys.exit("usage: check.py CONFIG.yaml [CONFIG.yaml …]")
    config = load_config([Path(word) for word in words])
    check_tables(config)
    counts = [f"{len(config.values[part])} {part}" for part in ("sites", "models", "contrasts")]
    print(f"{words[-1]} and its tables are fine: {', '.join(counts)}.")


if __name__ == "__main__":
    run_step(main)
