"""Step of rule report_harmonisation: the page of one harmonisation, and its summary."""

from multipet.core.files import write_json, write_text
from multipet.report.harmonisation.files import read_harmonisation_files
from multipet.report.harmonisation.page import (
    harmonisation_html,
    harmonisation_page,
    harmonisation_summary,
)
from multipet.run.step import StepFiles, run_step


class Files(StepFiles, kw_only=True):
    """Folders of checks and figures, findings and parameters; the page and its summary."""

    checks: str
    findings: str
    parameters: str
    figures: str
    page: str
    summary: str


def main(files: Files) -> None:
    """Write page and summary."""
    read = read_harmonisation_files(
        spec=files.spec,
        checks=files.checks,
        findings=files.findings,
        parameters=files.parameters,
        figures=f"{files.figures}/index.json",
    )
    page = harmonisation_page(read)
    write_text(files.page, harmonisation_html(page))
    write_json(files.summary, harmonisation_summary(read, page))


if __name__ == "__main__":
    run_step(main, Files)
