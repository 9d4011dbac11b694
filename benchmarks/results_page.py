"""Tables of measured results, and their place in README.md."""

from collections.abc import Sequence
from pathlib import Path

README = Path(__file__).with_name("README.md")


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; bars of formulas are escaped."""
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    lines = [header, ["---"] * len(header), *cells]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def replace_section(name: str, text: str) -> None:
    """Replace what stands between ``<!-- name -->`` and ``<!-- end of name -->`` in README.md."""
    page = README.read_text(encoding="utf-8")
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    if not after:
        raise ValueError(f"{README} has no section {name!r}")
    README.write_text(f"{before}{begin}\n{text.strip()}\n\n{end}{after}", encoding="utf-8")
