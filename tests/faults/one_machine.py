"""Faults of one machine, really produced on a tiny study; prints a table of what happened.

python tests/faults/one_machine.py [NAME …]; those that need root (a small disk, a folder that
cannot be written to, an unreadable table) say so where there is none.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fault_study import (
    beside,
    differing,
    during,
    make_study,
    run,
    snapshot,
    start,
    told,
    wait_for_step,
)

Outcome = tuple[str, str]
Quiet = dict[str, bytes]


def job_fails_once(folder: Path, quiet: Quiet) -> Outcome:
    """The fit of the model is killed once."""
    process = start(folder)
    os.kill(wait_for_step(process, "fit_model.py"), signal.SIGKILL)
    code = process.wait()
    missing = len(quiet) - len(snapshot(folder))
    said = one_line((folder / "run.log").read_text())
    return f"exit {code}, {missing} files not made, {said}", again(folder, quiet)


def two_runs(folder: Path, quiet: Quiet) -> Outcome:
    """A second run starts while the first is at work."""
    first = start(folder)
    wait_for_step(first, "pool_sites.py")
    code, text = run(beside(folder))
    first_code = first.wait()
    return f"second: exit {code}, {one_line(text)}; first: exit {first_code}", again(folder, quiet)


def two_runs_of_two_configs(folder: Path, quiet: Quiet) -> Outcome:
    """The second run has another config: nothing of it may reach the first."""
    first = start(folder)
    wait_for_step(first, "tidy_site.py")
    code, text = run(beside(folder, contrasts__age_per_decade__slope={"age": 1}))
    first_code = first.wait()
    result = again(folder, quiet)
    return f"second: exit {code}, {one_line(text)}; first: exit {first_code}", result


def two_runs_at_the_same_moment(folder: Path, quiet: Quiet) -> Outcome:
    """Both start at once; one must win."""
    (folder / "out").mkdir()
    other = beside(folder)
    both = [start(folder), start(other)]
    codes = [process.wait() for process in both]
    texts = [(path / "run.log").read_text() for path in (folder, other)]
    lines = [one_line(text) for code, text in zip(codes, texts, strict=True) if code]
    return f"exits {sorted(codes)}, {'; '.join(lines)}", again(folder, quiet)


def input_changed(folder: Path, quiet: Quiet) -> Outcome:
    """A table gets another row after it was checked and before it is read."""
    table = folder / "turku.csv"
    before = table.read_text()
    code, text = during(folder, lambda: table.write_text(before.replace("HRRT", "HRRT2")))
    table.write_text(before)
    return f"exit {code}, {one_line(text)}", again(folder, quiet)


def input_deleted(folder: Path, quiet: Quiet) -> Outcome:
    """A table is deleted after it was checked and before it is read."""
    table = folder / "turku.csv"
    before = table.read_text()
    code, text = during(folder, table.unlink)
    table.write_text(before)
    return f"exit {code}, {one_line(text)}", again(folder, quiet)


def result_deleted(folder: Path, quiet: Quiet) -> Outcome:
    """The pooled table is deleted while the model is fitted."""
    process = start(folder)
    wait_for_step(process, "fit_model.py")
    (folder / "out/results/tidy/pooled.tsv").unlink()
    code = process.wait()
    return f"exit {code}, {one_line((folder / 'run.log').read_text())}", again(folder, quiet)


def older_version(folder: Path, quiet: Quiet) -> Outcome:
    """Results of other code: other fingerprints, tables with other columns, no metadata."""
    run(folder)
    results = folder / "out" / "results"
    for spec in (results / "specs").rglob("*.json"):
        spec.write_text(spec.read_text().replace('"fingerprint": "', '"fingerprint": "0'))
    for table in results.rglob("*.tsv"):
        table.write_text("old_column\n1\n")
    (results / "reports" / "index.html").write_text("old")
    shutil.rmtree(folder / "out" / ".snakemake")
    return "tables, specs and pages of another version, no records", again(folder, quiet)


def lost_records(folder: Path, quiet: Quiet) -> Outcome:
    """The records that Snakemake keeps are deleted."""
    run(folder)
    shutil.rmtree(folder / "out" / ".snakemake")
    return ".snakemake deleted", again(folder, quiet)


def full_disk(folder: Path, quiet: Quiet) -> Outcome:
    """The results lie on disks that are full after some files; then there is room."""
    said = []
    for size in ("64k", "200k", "400k", "700k", "1000k"):
        with disk(folder / "out", size):
            code, text = run(folder)
            assert "Traceback" not in text or "snakemake" in text, text
            said.append(f"{size}: exit {code}, {one_line(text)}")
            mount("-o", "remount,size=100m", str(folder / "out"))
            ended = again(folder, quiet)
        if ended != "same bytes":
            break
    return " / ".join(said), ended


def read_only(folder: Path, quiet: Quiet) -> Outcome:
    """The folder of finished results, and an empty one, cannot be written to."""
    said = []
    for finished in (False, True):
        with disk(folder / "out", "100m"):
            if finished:
                run(folder)
            mount("-o", "remount,ro", str(folder / "out"))
            code, text = run(folder)
            said.append(f"{'finished' if finished else 'empty'}: exit {code}, {one_line(text)}")
            mount("-o", "remount,rw", str(folder / "out"))
            ended = again(folder, quiet)
    return " / ".join(said), ended


def bad_inputs(folder: Path, quiet: Quiet) -> Outcome:
    """Unreadable, empty, cut off, binary, far too wide and far too large tables."""
    table = folder / "turku.csv"
    text = table.read_text()
    wide = "\n".join(",".join([line] * 100) for line in text.splitlines())
    names = ",".join(f"bp_{number}" for number in range(200_000))
    cases: dict[str, Callable[[], object]] = {
        "unreadable": lambda: table.chmod(0),
        "empty": lambda: table.write_text(""),
        "cut off": lambda: table.write_text(text[: len(text) * 2 // 3]),
        "binary": lambda: table.write_bytes(os.urandom(100_000)),
        "100 times as wide": lambda: table.write_text(wide),
        "rows 100 times as wide": lambda: table.write_text(
            text.replace("HRRT", ",".join(["HRRT"] * 700))
        ),
        "200,000 columns": lambda: table.write_text(f"{names}\n" + ",".join(["1"] * 200_000)),
        "2 GB": lambda: os.truncate(table, 2 * 1024**3),
        "a folder": lambda: (table.unlink(), table.mkdir()),
    }
    said = []
    for name, spoil in cases.items():
        spoil()
        said.append(f"{name}: {checked(folder)}")
        shutil.rmtree(table, ignore_errors=True)
        table.unlink(missing_ok=True)
        table.write_text(text)
    print(*said, sep="\n  ", flush=True)
    return "see above", again(folder, quiet)


def checked(folder: Path) -> str:
    """Exit, lines, seconds and memory of the check of a study without rights over files."""
    script = Path(__file__).parents[2] / "scripts" / "check.py"
    command = [sys.executable, str(script), str(folder / "study.yaml")]
    if os.geteuid() == 0 and shutil.which("setpriv"):  # root reads everything
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
    begin = time.monotonic()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    lines = process.stderr.read().splitlines()
    _, status, usage = os.wait4(process.pid, 0)
    process.stderr.close()
    code, seconds = os.waitstatus_to_exitcode(status), time.monotonic() - begin
    process.returncode = code
    first = lines[0][:160] if lines else "nothing said"
    memory = usage.ru_maxrss / 1024
    return f"exit {code}, {len(lines)} lines, {seconds:.1f} s, {memory:.0f} MB: {first}"


def again(folder: Path, quiet: Quiet) -> str:
    """Outcome of the same command once more."""
    code, text = run(folder)
    if code:
        return f"exit {code}: {one_line(text)}"
    different = differing(quiet, snapshot(folder))
    return f"differs: {different[:3]}" if different else "same bytes"


def one_line(text: str) -> str:
    """The first thing that is said to be wrong."""
    lines = told(text)
    return lines[0].strip()[:220] if lines else "nothing said"


def mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True)


@contextmanager
def disk(folder: Path, size: str) -> Iterator[None]:
    """A disk of its own under ``folder``."""
    folder.mkdir(exist_ok=True)
    mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


FAULTS: tuple[Callable[[Path, Quiet], Outcome], ...] = (
    job_fails_once,
    two_runs,
    two_runs_of_two_configs,
    two_runs_at_the_same_moment,
    input_changed,
    input_deleted,
    result_deleted,
    older_version,
    lost_records,
    full_disk,
    read_only,
    bad_inputs,
)
NEED_ROOT = (full_disk, read_only)


def main(names: list[str]) -> int:
    chosen = [fault for fault in FAULTS if not names or fault.__name__ in names]
    bad = 0
    with tempfile.TemporaryDirectory(prefix="multipet_faults_") as place:
        work = Path(place)
        make_study(work / "quiet")
        code, text = run(work / "quiet")
        assert code == 0, text
        quiet = snapshot(work / "quiet")
        for fault in chosen:
            if fault in NEED_ROOT and os.geteuid() != 0:
                print(f"{fault.__name__} | skipped: needs root to mount a disk |")
                continue
            folder = work / fault.__name__
            make_study(folder)
            happened, rerun = fault(folder, quiet)
            bad += rerun != "same bytes"
            print(f"{fault.__name__} | {happened} | rerun: {rerun}", flush=True)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
