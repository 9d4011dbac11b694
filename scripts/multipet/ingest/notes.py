"""What is found while one table is read: problems that stop, findings that are listed."""

from multipet.core.findings import Finding
from multipet.core.problems import Problem, UserError

MOST_PROBLEMS = 20


class Notes:
    """Problems and findings of one table, collected so that all are told at once.

    Parameters
    ----------
    stage
        Stage of the findings: ``tidy`` or ``pool``.
    site
        Site whose table is read; empty for what concerns several.
    """

    def __init__(self, stage: str, site: str = "") -> None:
        self.stage = stage
        self.site = site
        self.problems: list[Problem] = []
        self.findings: list[Finding] = []

    def problem(self, where: str, message: str, hint: str = "") -> None:
        """Add a mistake that stops the run."""
        self.problems.append(Problem(where, message, hint))

    def finding(self, check: str, action: str, message: str, **concerns: object) -> None:
        """Add a finding; ``concerns`` are its site, participant_id, session, region, row, value."""
        words = {name: "" if value is None else str(value) for name, value in concerns.items()}
        words = {name: as_text(word) for name, word in words.items()}
        words.setdefault("site", self.site)
        self.findings.append(
            Finding(stage=self.stage, check=check, action=action, message=as_text(message), **words)
        )

    def stop_on_problems(self) -> None:
        """Raise what was collected.

        Raises
        ------
        UserError
            With the first ``MOST_PROBLEMS`` problems and the count of the others.
        """
        if self.problems:
            raise UserError(capped(self.problems))


def as_text(cell: str) -> str:
    """``cell`` with an apostrophe before what a spreadsheet that opens a table would compute."""
    runs = cell.startswith(("=", "+", "@", "＝", "＋", "＠", "－"))
    runs = runs or (cell.startswith("-") and any(sign in cell for sign in "|(!"))
    return f"'{cell}" if runs else cell


def capped(problems: list[Problem], most: int = MOST_PROBLEMS) -> list[Problem]:
    """Return the first ``most`` problems and, where there are others, a line that counts them."""
    if len(problems) <= most:
        return problems
    where = problems[most].where.split(",")[0]
    return [*problems[:most], Problem(where, f"… and {len(problems) - most} more")]
