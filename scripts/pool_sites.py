"""Step of rule pool_sites: all sites in one table, regions combined, values checked."""

import argparse

from multipet.core.files import read_json
from multipet.core.findings_file import read_findings, write_findings
from multipet.ingest.participants import read_participants
from multipet.ingest.pooling import pool
from multipet.ingest.source_record import refuse_changed, source_paths
from multipet.ingest.tidy_file import read_site_file, write_pooled
from multipet.run.step import run_step


def main(arguments: list[str]) -> None:
    """Read SPEC and the sites' tables and findings; write the pooled ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "pooled", "all_findings"):
        parser.add_argument(name)
    parser.add_argument("--tables", nargs="+", required=True)
    parser.add_argument("--findings", nargs="+", required=True)
    asked = parser.parse_args(arguments)
    spec = read_json(asked.spec)
    study = spec["study"]
    tables = [read_site_file(path, list(study["variables"])) for path in asked.tables]
    tidied = [finding for path in asked.findings for finding in read_findings(path)]
    people = source_paths(None, study)
    refuse_changed(people, spec["sha256"])
    pooled = pool(tables, study, read_participants(study))
    refuse_changed(people, spec["sha256"])
    write_pooled(asked.pooled, pooled, study, spec["sites"])
    write_findings(asked.all_findings, [*tidied, *pooled.findings])


if __name__ == "__main__":
    run_step(main)
