"""Step of rule report_contrast: the HTML page of one contrast, and its summary for the index."""

from argparse import ArgumentParser

from multipet.core.files import write_json, write_text
from multipet.report.contrast.inputs import read_contrast_files
from multipet.report.contrast.page import contrast_html, contrast_page, contrast_summary
from multipet.run.step import run_step


def main(words: list[str]) -> None:
    """Write page and summary; see ``read_contrast_files`` for what each option names."""
    parser = ArgumentParser(description=__doc__)
    for name in ("--spec", "--findings", "--page", "--summary"):
        parser.add_argument(name, required=True)
    for name in ("--contrast", "--model", "--figures"):
        parser.add_argument(name, nargs="+", required=True)
    parser.add_argument("--sources", nargs="*", default=())
    parser.add_argument("--harmonisation", nargs="?")
    given = vars(parser.parse_args(words))
    html, summary = given.pop("page"), given.pop("summary")
    files = read_contrast_files(**given)
    page = contrast_page(files)
    write_text(html, contrast_html(page))
    write_json(summary, contrast_summary(files, page))


if __name__ == "__main__":
    run_step(main)
