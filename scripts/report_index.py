"""Step of rule report_index: the page that lists every contrast."""

from multipet.files import read_json, write_text
from multipet.report.index import index_html, index_page
from multipet.step import run_step
from multipet.tables import read_table


def main(arguments: list[str]) -> None:
    """SPEC INGEST_FINDINGS OUTPUT_HTML SUMMARY …, summaries in the order of the config."""
    spec, findings, html, *summaries = arguments
    page = index_page(read_json(spec), map(read_json, summaries), read_table(findings))
    write_text(html, index_html(page))


if __name__ == "__main__":
    run_step(main)
