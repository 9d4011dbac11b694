"""Step of rule report_index: the page that lists every contrast."""

from multipet.config.page_specs import IndexSpec
from multipet.config.specs import read_spec
from multipet.core.files import read_json, write_text
from multipet.core.tables import read_table
from multipet.report.index.page import index_html, index_page
from multipet.run.step import StepFiles, run_step


class Files(StepFiles, kw_only=True):
    """Summaries and records, each kind in the order of the config; the page."""

    contrasts: tuple[str, ...]
    harmonisations: tuple[str, ...] = ()
    sources: tuple[str, ...]
    findings: str
    pooled: str
    page: str


def main(files: Files) -> None:
    """Write the index from the summaries of all pages and the records of all sites."""
    spec = read_spec(IndexSpec, files.spec)
    records = map(read_json, [*files.contrasts, *files.harmonisations, *files.sources])
    tables = map(read_table, (files.findings, files.pooled))
    write_text(files.page, index_html(index_page(spec, records, *tables)))


if __name__ == "__main__":
    run_step(main, Files)
