"""Faults of a SLURM cluster, really produced on a throw-away one; prints a table.

python tests/faults/cluster.py [NAME …], as root, with Debian's slurm-wlm and munge; where these
are not it says so and ends.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fault_study import ROOT, differing, end_session, make_study, run, snapshot, start, told
from slurm_run import cluster, missing, plugin

#: The throw-away cluster keeps no accounts.
PROFILE = ("--profile", str(ROOT / "profiles" / "slurm"), "--slurm-status-command", "squeue")
TOGETHER = ("fit_model", "diagnose_model")
#: Seconds after which a run on the cluster is taken to hang.
PATIENCE = 900
HANGS = -1
Quiet = dict[str, bytes]
Outcome = tuple[str, str]


def over_memory(folder: Path, place: Path, quiet: Quiet) -> Outcome:
    """The fit gets too little memory at first, and four times as much at each attempt."""
    code, text = run(folder, *PROFILE, *memory("60*4**(attempt-1)"), seconds=PATIENCE)
    return f"exit {code}; jobs: {job_states(place)}", outcome(folder, quiet, code, text)


def never_enough_memory(folder: Path, place: Path, quiet: Quiet) -> Outcome:
    """The fit gets too little memory at every attempt; then the same command without that."""
    code, text = run(folder, *PROFILE, *memory("60"), seconds=PATIENCE)
    said = f"exit {code}, {' '.join(told(text)[:1])[:200]}"
    return said, again(folder, quiet)


def controller_restarted(folder: Path, place: Path, quiet: Quiet) -> Outcome:
    """The controller is killed while jobs run, and started again after a while.

    Without accounting the plugin may wait for ever for jobs that the controller has forgotten:
    then the run is ended as a person would, and repeated.
    """
    process = start(folder, *PROFILE)
    wait_for_job(process)
    os.kill(int((place / "run/slurmctld.pid").read_text()), signal.SIGKILL)
    time.sleep(20)
    subprocess.run(["slurmctld", "-f", str(place / "slurm.conf")], check=True)
    code = waited(process, 240)
    if code == 0:
        return "went on by itself after 20 s without a controller", finished(folder, quiet)
    end_session(process)
    subprocess.run(["scancel", "-u", "root"], check=False)
    for node in ("n1", "n2"):  # one that was not drained refuses
        words = ["scontrol", "update", f"nodename={node}", "state=resume"]
        subprocess.run(words, stderr=subprocess.DEVNULL, check=False)
    said = "waited for ever" if code == HANGS else f"exit {code}"
    return f"{said}; ended by hand, jobs cancelled", again(folder, quiet)


def node_down(folder: Path, place: Path, quiet: Quiet) -> Outcome:
    """The first node dies with the job that it runs, and comes back when all is over."""
    process = start(folder, *PROFILE)
    wait_for_job(process, node="n1")
    daemon = int((place / "run/slurmd.n1.pid").read_text())
    for pid in [daemon, *steps_on("n1")]:
        os.kill(pid, signal.SIGKILL)
    code = waited(process)
    node = subprocess.run(["sinfo", "-h", "-n", "n1", "-o", "%T"], capture_output=True, text=True)
    subprocess.run(["slurmd", "-N", "n1", "-f", str(place / "slurm.conf")], check=True)
    return f"exit {code}, n1 {node.stdout.strip()}", finished(folder, quiet)


def snakemake_killed(folder: Path, place: Path, quiet: Quiet) -> Outcome:
    """Snakemake is killed on the login node, its jobs go on; the same command at once."""
    process = start(folder, *PROFILE)
    wait_for_job(process)
    process.kill()
    process.wait()
    return f"killed with {queue()} in the queue", again(folder, quiet)


def memory(amount: str) -> list[str]:
    """MB for the fit and its diagnosis, which are one job of the cluster."""
    return ["--set-resources", *(f"{rule}:mem_mb={amount}" for rule in TOGETHER)]


def wait_for_job(process: subprocess.Popen, node: str = "", seconds: float = 120) -> None:
    """Wait until the cluster runs a job of ours, on a node where one is named."""
    end = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < end:
        words = ["squeue", "-h", "-t", "R", "-o", "%N"]
        nodes = subprocess.run(words, capture_output=True, text=True, check=False).stdout.split()
        if node in nodes if node else nodes:
            time.sleep(1)
            return
        time.sleep(0.1)


def steps_on(node: str) -> list[int]:
    """Processes of the cluster's jobs on a node: their daemons, and what these started."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            environment = (entry / "environ").read_bytes() if entry.name.isdigit() else b""
            words = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
        except OSError:  # it has ended meanwhile
            continue
        if f"SLURMD_NODENAME={node}\0".encode() in environment or (
            words.startswith(b"slurmstepd") and f"SLURM_NODE={node}".encode() in environment
        ):
            found.append(int(entry.name))
    return found


def queue() -> str:
    jobs = subprocess.run(["squeue", "-h", "-o", "%T"], capture_output=True, text=True, check=False)
    return f"{len(jobs.stdout.split())} jobs"


def job_states(place: Path) -> str:
    """How the cluster's jobs ended, from its own record."""
    record = place / "log" / "jobs.txt"
    words = record.read_text().split() if record.is_file() else []
    states = [word.partition("=")[2] for word in words if word.startswith("JobState=")]
    return ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))


def waited(process: subprocess.Popen, seconds: float = PATIENCE) -> int:
    """Exit code of a run; ``HANGS``, and the end of it, where it does not end."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        end_session(process)
        return HANGS


def finished(folder: Path, quiet: Quiet) -> str:
    different = differing(quiet, snapshot(folder))
    return f"differs: {different[:3]}" if different else "same bytes"


def outcome(folder: Path, quiet: Quiet, code: int, text: str) -> str:
    return f"exit {code}: {told(text)[:2]}" if code else finished(folder, quiet)


def again(folder: Path, quiet: Quiet) -> str:
    """Outcome of the same command once more; a minute later where it asks to wait."""
    code, text = run(folder, *PROFILE, seconds=PATIENCE)
    if "still working here" in text:
        time.sleep(60)
        code, text = run(folder, *PROFILE, seconds=PATIENCE)
    return outcome(folder, quiet, code, text)


FAULTS: tuple[Callable[[Path, Path, Quiet], Outcome], ...] = (
    over_memory,
    never_enough_memory,
    snakemake_killed,
    node_down,
    controller_restarted,
)


def main(names: list[str]) -> int:
    if missing():
        print(f"skipped: {missing()}")
        return 0
    os.environ["MULTIPET_SHORTEST_JOB"] = "0"  # the study is tiny: else nothing would be sent
    bad = 0
    with tempfile.TemporaryDirectory(prefix="multipet_cluster_") as name:
        work, place = Path(name), Path(name) / "slurm"
        make_study(work / "quiet")
        code, text = run(work / "quiet")
        assert code == 0, text
        quiet = snapshot(work / "quiet")
        os.environ["PYTHONPATH"] = str(plugin(work / "plugin"))
        with cluster(place):
            for fault in [one for one in FAULTS if not names or one.__name__ in names]:
                make_study(work / fault.__name__)
                happened, ended = fault(work / fault.__name__, place, quiet)
                bad += ended != "same bytes"
                print(f"{fault.__name__} | {happened} | {ended}", flush=True)
            subprocess.run(["scancel", "-u", "root"], check=False)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
