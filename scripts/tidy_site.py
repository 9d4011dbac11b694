"""Step of rule tidy_site: one site's raw table, typed and checked."""

from multipet.core.files import read_json, write_json
from multipet.core.findings_file import write_findings
from multipet.ingest.site_table import read_site
from multipet.ingest.source_record import refuse_changed, source_of, source_paths
from multipet.ingest.tidy_file import write_site
from multipet.run.step import run_step


def main(arguments: list[str]) -> None:
    """Read SPEC; write the tidy table, its findings and what it was made from."""
    spec_path, table_path, findings_path, source_path = arguments
    spec = read_json(spec_path)
    paths = source_paths(spec["settings"], spec["study"])
    refuse_changed(paths, spec["sha256"])
    table = read_site(spec["site"], spec["settings"], spec["study"])
    # again, as it may have been changed while it was read
    refuse_changed(paths, spec["sha256"])
    write_site(table_path, table, spec["study"])
    write_findings(findings_path, table.findings)
    write_json(source_path, source_of(table, spec["settings"], spec["study"]))


if __name__ == "__main__":
    run_step(main)
