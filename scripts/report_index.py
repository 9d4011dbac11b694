"""Step of rule report_index: the page that lists every contrast."""

from multipet.core.files import read_json, write_text
from multipet.core.tables import read_table
from multipet.report.index.page import index_html, index_page
from multipet.run.step import run_step


def main(arguments: list[str]) -> None:
    """SPEC INGEST_FINDINGS POOLED OUTPUT_HTML RECORD …

    Records are summaries of contrasts and of harmonisations and source records of sites, in any
    mixture, each kind in the order of the config.
    """
    spec, findings, pooled, html, *records = arguments
    tables = map(read_table, (findings, pooled))
    write_text(html, index_html(index_page(read_json(spec), map(read_json, records), *tables)))


if __name__ == "__main__":
    run_step(main)
