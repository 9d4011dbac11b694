"""SIGKILL at random moments, then the same command again: are the results those of a quiet run?

python tests/faults/kills.py [MOMENTS] [SEED] prints a line a moment and a table.
"""

import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from subprocess import Popen

sys.path.insert(0, str(Path(__file__).parents[1]))

from fault_study import (
    differing,
    end_session,
    make_study,
    run,
    snapshot,
    start,
    steps_of,
    told,
    wait_for_step,
)

TARGETS = ("snakemake", "a job", "everything")


def kill(process: Popen, target: str, delay: float, chance: random.Random) -> str:
    """Kill after ``delay`` seconds; says what was really killed."""
    time.sleep(delay)
    if process.poll() is not None:
        return "nothing: the run had ended"
    if target == "everything":
        end_session(process)
        return target
    if target == "snakemake":
        orphans = len(steps_of(process))
        process.kill()
        process.wait()
        return f"{target}, {orphans} job{'' if orphans == 1 else 's'} left working"
    wait_for_step(process)
    steps = steps_of(process)
    if not steps:
        return "nothing: no job was left"
    os.kill(chance.choice(steps), signal.SIGKILL)
    process.wait(300)
    return target


def one_moment(
    folder: Path, target: str, delay: float, chance: random.Random, quiet: dict[str, bytes]
) -> tuple[str, str]:
    """Kill and run again; what was killed and how it ended."""
    make_study(folder)
    process = start(folder)
    try:
        killed = kill(process, target, delay, chance)
        code, text = run(folder)
    finally:
        end_session(process)
    if code:
        return killed, f"exit {code}: {' / '.join(told(text))[:300]}"
    different = differing(quiet, snapshot(folder))
    return killed, f"differs: {different[:3]}" if different else "same bytes"


def main(words: list[str]) -> int:
    given = [int(word) for word in words]
    moments, seed = given + [50, 6][len(given) :]
    chance = random.Random(seed)
    outcomes: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory(prefix="multipet_kills_") as name:
        work = Path(name)
        make_study(work / "quiet")
        begin = time.monotonic()
        code, text = run(work / "quiet")
        assert code == 0, text
        length, quiet = time.monotonic() - begin, snapshot(work / "quiet")
        print(f"undisturbed run: {length:.1f} s, {len(quiet)} files", flush=True)
        for number in range(moments):
            target, delay = TARGETS[number % 3], chance.uniform(0, length)
            killed, ended = one_moment(work / str(number), target, delay, chance, quiet)
            print(f"{number + 1:3} {delay:5.1f} s  {killed:40} {ended}", flush=True)
            outcomes[killed.split(",")[0], ended] += 1
            if ended == "same bytes":
                shutil.rmtree(work / str(number))
    print("\nkilled | rerun | times")
    for (killed, ended), times in sorted(outcomes.items()):
        print(f"{killed} | {ended} | {times}")
    return int(any(ended != "same bytes" for _, ended in outcomes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
