"""Mutants of a study: each must be refused in clear lines or be accepted, and run.

python tests/fuzz/run_fuzz.py [MUTANTS] [SEED] [RUNS]: checks MUTANTS (1,000) as a run does before
its first job, and really runs every so many of the accepted ones, RUNS (20) in all.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "scripts")]

from fuzz.judge import verdict  # noqa: E402
from fuzz.mutants import Mutant, mutants  # noqa: E402

GOOD = ("refused", "accepted")


def real_run(mutant: Mutant, folder: Path) -> str:
    """Outcome of the workflow on a mutant that was accepted."""
    path = mutant.write(folder / "study")
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--cores", "2", "--directory", str(folder / "out"), "--configfile", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    said = done.stdout + done.stderr
    logs = [log.read_text() for log in (folder / "out").rglob("*.log")]
    if any("Traceback" in text for text in [said, *logs]):
        last = [line for text in [*logs, said] if "Traceback" in text for line in text.splitlines()]
        return f"traceback: {last[-1]:.200}"
    pages = [page.read_text() for page in (folder / "out").rglob("*.html")]
    if any("<script>alert" in page for page in pages):
        return "a name became part of a page's code"
    if list(folder.rglob("escape*")):
        return "a name was run"
    if done.returncode == 0:
        return f"{(len(pages) > 1 and 'reports') or 'no reports'}"
    lines = [line for text in logs for line in text.splitlines() if line.startswith("ERROR")]
    return "a line in a log" if lines else f"exit {done.returncode}: {said[-200:]!r}"


def main(words: list[str]) -> int:
    given = [int(word) for word in words]
    count, seed, runs = given + [1000, 1, 20][len(given) :]
    found: Counter[str] = Counter()
    accepted: list[Mutant] = []
    slowest = (0.0, "")
    with tempfile.TemporaryDirectory(prefix="multipet_fuzz_") as place:
        for number, recipe in enumerate(mutants(count, seed)):
            mutant, begin = recipe(), time.monotonic()
            outcome = verdict(mutant, Path(place) / "check")
            slowest = max(slowest, (time.monotonic() - begin, mutant.told))
            found[outcome if outcome in GOOD else "fault"] += 1
            accepted += [mutant] if outcome == "accepted" else []
            if outcome not in GOOD:
                print(f"mutant {number} ({mutant.told}): {outcome}", flush=True)
        print(
            f"{count} mutants, seed {seed}: {dict(found)}; slowest {slowest[0]:.1f} s: {slowest[1]}"
        )
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"memory at most {memory} MB", flush=True)
        for number, mutant in enumerate(accepted[:: max(1, len(accepted) // max(runs, 1))][:runs]):
            outcome = real_run(mutant, Path(place) / f"run{number}")
            found["fault"] += outcome not in ("reports", "a line in a log")
            print(f"run of ({mutant.told}): {outcome}", flush=True)
    return int(found["fault"] > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
