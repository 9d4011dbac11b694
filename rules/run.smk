"""What a user sees of a run, and what is left of one in which a step failed."""

import json
import logging
import subprocess
import time

from snakemake.logging import logger

from multipet.run.checksums import record_of
from multipet.run.log import StepWords

STARTED = time.time()


def tell_steps():
    """One line a step on the screen; a dry run, a job and another logger say what they say."""
    screen = [one for one in logger.handlers if one.name == "DefaultStreamHandler"]
    if workflow.is_main_process and not workflow.output_settings.dryrun and screen:
        words = StepWords(screen[0].formatter)
        screen[0].setFormatter(words)
        screen[0].addFilter(words)


tell_steps()
# on a full disk its own log fails, which is no news of the study
logging.raiseExceptions = False


# Why a handler, and no failure record as an output: a job that is killed writes nothing, Snakemake
# and the cluster have to see a failure to try again with more memory, the run has to end non-zero,
# and a record that counts as made would be there still when its cause is gone. So a failed step
# leaves no output, and this handler, run by the process that planned the run when all that can be
# made is made, looks up what is missing. It gives the same on a cluster, where it runs beside
# Snakemake and not in a job. Who uses this workflow as a module calls it in an `onerror:` of their
# own, as Snakemake leaves out those of modules.
onerror:
    tell_unfinished()


def tell_unfinished():
    """Make the index of a run that failed: what is finished, and why the rest has no report.

    Nothing of it is taken as up to date by the next run: the index is dated back and loses its
    record, and a contrast that is not finished loses the report of an earlier run, as that
    answers what the config no longer asks.
    """
    dag = workflow.dag
    left = set(dag.needrun_jobs())
    jobs = {str(file): job for job in dag.jobs for file in job.output}
    harmonised = [f"harmonisation_{name}" for name in HARMONISATIONS]
    names = [*CONTRASTS, *harmonised, "index"]
    pages = {name: str(RESULTS / "reports" / f"{name}.html") for name in names}
    lost = [name for name in CONTRASTS if jobs.get(pages[name]) in left]
    for name in lost + [name for name in harmonised if jobs.get(pages[name]) in left]:
        for file in jobs[pages[name]].output:
            Path(file).unlink(missing_ok=True)
    ways = {name: way_to(jobs[pages[name]], left) for name in lost}
    index = jobs.get(pages["index"])
    if index in left and left.isdisjoint(dag.dependencies[index]):
        # it failed itself: trying once more would not help
        index = None
    told = {
        "since": STARTED,
        "contrasts": ways,
        "others": [step for job in left for step in way_to(job, left)],
        "results": str(RESULTS),
        "index": index is not None,
    }
    script = str(SCRIPTS / "report_unfinished.py")
    subprocess.run([sys.executable, script], input=json.dumps(told), text=True, check=False)
    if index is not None and Path(pages["index"]).is_file():
        os.utime(pages["index"], (1, 1))
        # it is not what its step wrote, and is made again
        record_of(RESULTS, "report_index", "all").unlink(missing_ok=True)
        workflow.persistence.cleanup_metadata(index.output[0])


def way_to(job, left):
    """Steps on the way to a job that are not done, the earliest first: words, log, could begin."""
    dag = workflow.dag
    way = [one for one in dag.bfs(dag.dependencies, job) if one in left and one.log]
    return [
        {
            "step": one.message or one.name,
            "log": str(one.log[0]),
            "ready": left.isdisjoint(dag.dependencies[one]),
        }
        for one in reversed(way)
    ]
