"""Step of rule report_contrast: the HTML page of one contrast, and its summary for the index."""

from multipet.files import write_json, write_text
from multipet.report.contrast_files import read_contrast_files
from multipet.report.page import contrast_html, contrast_page, contrast_summary
from multipet.step import run_step


def main(arguments: list[str]) -> None:
    """Write the page.

    SPEC CONTRAST SENSITIVITY FINDINGS WEIGHTS BY_SITE HETEROGENEITY PLAN MODEL_FINDINGS
    VARIANCE_COMPONENTS RESIDUAL_CHECKS INGEST_FINDINGS FIGURES_INDEX OUTPUT_HTML OUTPUT_SUMMARY
    [SOURCE …]
    """
    inputs, (html, summary), sources = arguments[:13], arguments[13:15], arguments[15:]
    files = read_contrast_files(inputs, sources)
    page = contrast_page(files)
    write_text(html, contrast_html(page))
    write_json(summary, contrast_summary(files, page))


if __name__ == "__main__":
    run_step(main)
