"""Step of rule report_contrast: the HTML page of one contrast, and its summary for the index."""

from multipet.core.files import write_json, write_text
from multipet.report.contrast.files import read_contrast_files
from multipet.report.contrast.page import contrast_html, contrast_page, contrast_summary
from multipet.run.step import StepFiles, run_step


class Files(StepFiles, kw_only=True):
    """Tables by the names of their files, folders of figures; the page and its summary."""

    contrast: tuple[str, ...]
    model: tuple[str, ...]
    findings: str
    figures: str
    robustness_figures: str
    harmonisation: str | None = None
    sources: tuple[str, ...]
    page: str
    summary: str


def main(files: Files) -> None:
    """Write page and summary."""
    read = read_contrast_files(
        spec=files.spec,
        contrast=files.contrast,
        model=files.model,
        findings=files.findings,
        figures=[f"{folder}/index.json" for folder in (files.figures, files.robustness_figures)],
        harmonisation=f"{files.harmonisation}/index.json" if files.harmonisation else None,
        sources=files.sources,
    )
    page = contrast_page(read)
    write_text(files.page, contrast_html(page))
    write_json(files.summary, contrast_summary(read, page))


if __name__ == "__main__":
    run_step(main, Files)
