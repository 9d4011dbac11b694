"""Step of rule pool_sites: all sites in one table, regions combined, values checked."""

from collections.abc import Sequence
from pathlib import Path

from multipet.config.specs import PoolSpec, read_spec
from multipet.core.findings_file import read_findings, write_findings
from multipet.ingest.participants import read_participants
from multipet.ingest.pooling import pool
from multipet.ingest.scans import read_site_file, write_pooled
from multipet.ingest.tidy_table import refuse_changed, source_paths
from multipet.run.step import StepFiles, run_step


class Files(StepFiles, kw_only=True):
    """The sites' tidy tables and findings; the pooled table and all findings."""

    tables: tuple[str, ...]
    findings: tuple[str, ...]
    pooled: str
    all_findings: str


def main(files: Files) -> None:
    """Pool the sites' tables and check the values; write the pooled table and all findings."""
    spec = read_spec(PoolSpec, files.spec)
    study = spec.study
    tables = [read_site_file(path, list(study.variables)) for path in in_order(files.tables, spec)]
    noted = [one for path in in_order(files.findings, spec) for one in read_findings(path)]
    paths = source_paths(None, study)
    refuse_changed(paths, spec.sha256)
    pooled = pool(tables, study, read_participants(study))
    refuse_changed(paths, spec.sha256)
    write_pooled(files.pooled, pooled, study, spec.sites)
    write_findings(files.all_findings, [*noted, *pooled.findings])


def in_order(paths: Sequence[str], spec: PoolSpec) -> list[str]:
    """Files of the sites, each named by its site, in the order of the config."""
    return sorted(paths, key=lambda path: spec.sites.index(Path(path).name.split(".")[0]))


if __name__ == "__main__":
    run_step(main, Files)
