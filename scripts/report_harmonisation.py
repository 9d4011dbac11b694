"""Step of rule report_harmonisation: the page of one harmonisation, and its summary."""

from multipet.core.files import write_json, write_text
from multipet.report.harmonisation.files import read_harmonisation_files
from multipet.report.harmonisation.page import (
    harmonisation_html,
    harmonisation_page,
    harmonisation_summary,
)
from multipet.run.step import run_step


def main(words: list[str]) -> None:
    """SPEC CHECKS_FOLDER FINDINGS PARAMETERS FIGURES_INDEX OUTPUT_HTML OUTPUT_SUMMARY"""
    *inputs, html, summary = words
    files = read_harmonisation_files(*inputs)
    page = harmonisation_page(files)
    write_text(html, harmonisation_html(page))
    write_json(summary, harmonisation_summary(files, page))


if __name__ == "__main__":
    run_step(main)
