"""Step of rule tidy_site: one site's raw table, typed and checked."""

from multipet.config.specs import TidySpec, read_spec
from multipet.core.files import write_json
from multipet.core.findings_file import write_findings
from multipet.ingest.scans import write_site
from multipet.ingest.site_table import read_site
from multipet.ingest.tidy_table import refuse_changed, source_of, source_paths
from multipet.run.step import StepFiles, run_step


class Files(StepFiles, kw_only=True):
    """The tidy table, its findings, and a record of what it was made from."""

    table: str
    findings: str
    source: str


def main(files: Files) -> None:
    """Read the site's table; write the tidy one, its findings and what it was made from."""
    spec = read_spec(TidySpec, files.spec)
    paths = source_paths(spec.settings, spec.study)
    refuse_changed(paths, spec.sha256)
    table = read_site(spec.site, spec.settings, spec.study)
    # again, as it may have been changed while it was read
    refuse_changed(paths, spec.sha256)
    write_site(files.table, table, spec.study)
    write_findings(files.findings, table.findings)
    write_json(files.source, source_of(table, spec.settings, spec.study))


if __name__ == "__main__":
    run_step(main, Files)
