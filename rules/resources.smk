"""What each job takes, from the study's size, and where it runs on a cluster."""

# MB and seconds of a job in the smallest study, and more for a million values (scans x regions):
# measured with benchmarks/large_study.py, times two
COSTS = {
    "tidy_site": (300, 500, 2, 10),
    "pool_sites": (400, 1500, 2, 40),
    "harmonise": (500, 2000, 3, 60),
    "fit_model": (600, 2000, 5, 40),
    "diagnose_model": (600, 2500, 5, 1500),
    "estimate_contrast": (600, 3000, 5, 60),
    "draw_contrast": (600, 2000, 10, 50),
    "report_contrast": (500, 1000, 3, 30),
    "calibrate_contrast": (700, 2500, 15, 1500),
    "robustness_contrast": (700, 2500, 8, 400),
    "draw_robustness": (600, 1500, 10, 30),
    "check_harmonisation": (600, 2500, 5, 30),
    "draw_harmonisation": (600, 1500, 10, 30),
    "report_harmonisation": (500, 1000, 3, 30),
    "outline_atlas": (500, 1000, 5, 10),
    "write_maps": (500, 500, 3, 5),
    "report_index": (300, 300, 2, 10),
}
# steps that run as one job on a cluster, as one needs the other; not several contrasts in one: a
# job that fails loses all that it made
GROUPS = {
    "model": ["fit_model", "diagnose_model"],
    "harmonisation": [
        "harmonise",
        "check_harmonisation",
        "draw_harmonisation",
        "report_harmonisation",
    ],
    "contrast": [
        "calibrate_contrast",
        "estimate_contrast",
        "robustness_contrast",
        "draw_contrast",
        "draw_robustness",
        "report_contrast",
        "write_maps",
    ],
}
# a job of fewer seconds is not worth its way through a cluster's queue
SHORTEST = float(os.getenv("MULTIPET_SHORTEST_JOB", "30"))
# one thread: the arrays are small, and more threads would round in another order. Snakemake hands
# the number to BLAS as OMP_NUM_THREADS and the like.
THREADS = 1
# Snakemake, Python and its libraries before a step has read anything
LEAST_MEMORY = 1000


def memory(rule):
    """MB for a job of a rule; twice as many at each further attempt."""
    least, more, *_ = COSTS[rule]
    needed = max(LEAST_MEMORY, least + more * SIZE.values / 1e6)
    return lambda wildcards, attempt: round(needed * 2 ** (attempt - 1))


def seconds(rule):
    """Seconds that a job of a rule takes."""
    *_, least, more = COSTS[rule]
    return least + more * SIZE.values / 1e6


def minutes(rule):
    """Minutes after which a cluster may end a job of a rule: ten times what it should take."""
    return lambda wildcards, attempt: round(10 + seconds(rule) / 6) * attempt


def together(rule):
    """Rules that run as one cluster job with a rule."""
    return next((rules for rules in GROUPS.values() if rule in rules), [rule])


def beside(rule):
    """Whether jobs of a rule run beside Snakemake itself, and not as jobs of the cluster."""
    return sum(map(seconds, together(rule))) < SHORTEST


def group_of(rule):
    """Name of the cluster job that a rule is part of, if it is a part of one."""
    names = [name for name, rules in GROUPS.items() if rule in rules]
    return None if beside(rule) or not names else names[0]
