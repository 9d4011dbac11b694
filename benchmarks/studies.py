"""Simulated scans for the speed measurements: sites, scanners within them, subjects, regions."""

import numpy as np
import pandas as pd

SCANS = "age + sex + group + (1 | site) + (1 | scanner) + (1 | subject)"
SLOPES = "age + sex + group + (1 + age | subject) + (1 | site)"
CROSSED = "service + (1 | student) + (1 | teacher)"
JOINT = "age + sex + (1 + age | region) + (1 | subject) + (1 | site)"


def scan_table(
    n_subjects: int, n_sites: int, n_regions: int, seed: int, scanners: int = 3
) -> pd.DataFrame:
    """Two scans a subject on any of its site's scanners; one column a region (``region_0`` …)."""
    rng = np.random.default_rng(seed)
    subject = np.repeat(np.arange(n_subjects), 2)
    site = np.arange(n_subjects)[subject] % n_sites
    scanner = site * scanners + rng.integers(0, scanners, len(subject))
    age = rng.uniform(20, 80, n_subjects).round(1)[subject]
    values = 3 - 0.01 * age[:, None] + rng.normal(0, 0.2, (len(subject), n_regions))
    for index, sd in ((site, 0.15), (scanner, 0.08), (subject, 0.25)):
        values += rng.normal(0, sd, (index.max() + 1, n_regions))[index]
    people = pd.DataFrame(
        {
            "subject": _labels("p", subject),
            "site": _labels("s", site),
            "scanner": _labels("c", scanner),
            "age": age,
            "sex": rng.choice(["F", "M"], n_subjects)[subject],
            "group": rng.choice(["control", "patient"], n_subjects)[subject],
        }
    )
    return people.join(pd.DataFrame(values, columns=region_names(n_regions)))


def gap_table(share: float, n_regions: int, seed: int) -> pd.DataFrame:
    """2,000 scans of ``scan_table``, a ``share`` of the values missing at random."""
    table, names = scan_table(1000, 10, n_regions, seed), region_names(n_regions)
    values = table[names].to_numpy(copy=True)
    values[np.random.default_rng(seed + 1).random(values.shape) < share] = np.nan
    return table.drop(columns=names).join(pd.DataFrame(values, columns=names))


def slope_table(n_subjects: int, n_regions: int, seed: int) -> pd.DataFrame:
    """Four scans a subject within eight years; the slope of age differs between subjects."""
    rng, names = np.random.default_rng(seed), region_names(n_regions)
    table = scan_table(n_subjects, 10, n_regions, seed)
    table = pd.concat([table, table], ignore_index=True)
    table["age"] += rng.uniform(0, 8, len(table)).round(1)
    slope = rng.normal(0, 0.01, (n_subjects, n_regions))[table["subject"].cat.codes]
    values = table[names].to_numpy() + rng.normal(0, 0.2, (len(table), n_regions))
    values += slope * (table["age"].to_numpy()[:, None] - 50)
    return table.drop(columns=names).join(pd.DataFrame(values, columns=names))


def noisy_scanner_table(n_regions: int, seed: int) -> pd.DataFrame:
    """2,000 scans of 30 scanners that differ in noise."""
    rng, names = np.random.default_rng(seed), region_names(n_regions)
    table = scan_table(1000, 10, n_regions, seed)
    noise = rng.uniform(0.1, 0.4, 30)[table["scanner"].cat.codes]
    values = table[names].to_numpy() + noise[:, None] * rng.normal(size=(len(table), n_regions))
    return table.drop(columns=names).join(pd.DataFrame(values, columns=names))


def crossed_table(seed: int) -> pd.DataFrame:
    """As large as lme4's InstEval: 73,421 marks of 1,128 teachers by 2,972 students."""
    rng, n = np.random.default_rng(seed), 73_421
    student = rng.integers(0, 2972, n)
    teacher = np.minimum(rng.gamma(1, 250, n).astype(int), 1127)
    service = rng.integers(0, 2, n).astype(float)
    mark = 3 - 0.07 * service + 1.2 * rng.normal(size=n)
    mark += rng.normal(0, 0.3, 2972)[student] + rng.normal(0, 0.5, 1128)[teacher]
    return pd.DataFrame(
        {
            "mark": mark,
            "service": service,
            "student": pd.Categorical(student),
            "teacher": pd.Categorical(teacher),
        }
    )


def region_names(n_regions: int) -> list[str]:
    """Columns of ``scan_table`` that hold outcomes."""
    return [f"region_{k}" for k in range(n_regions)]


def joint_table(n_subjects: int, n_sites: int, n_regions: int, seed: int) -> pd.DataFrame:
    """One row a scan x region, column ``bp``; a subject is scanned once; age as it is, in years."""
    rng = np.random.default_rng(seed)
    subject = np.repeat(np.arange(n_subjects), n_regions)
    region = np.tile(np.arange(n_regions), n_subjects)
    site = subject % n_sites
    age = rng.uniform(20, 80, n_subjects).round(1)
    slope = rng.normal(-0.01, 0.004, n_regions)
    level = rng.normal(3, 0.6, n_regions)
    bp = level[region] + slope[region] * age[subject] + rng.normal(0, 0.2, len(subject))
    bp += rng.normal(0, 0.25, n_subjects)[subject] + rng.normal(0, 0.15, n_sites)[site]
    return pd.DataFrame(
        {
            "bp": bp.round(6),
            "age": age[subject],
            "sex": rng.choice(["F", "M"], n_subjects)[subject],
            "subject": _labels("p", subject),
            "site": _labels("s", site),
            "region": _labels("r", region),
        }
    )


def _labels(letter: str, index: np.ndarray) -> pd.Categorical:
    names = [f"{letter}{k:05d}" for k in range(index.max() + 1)]
    return pd.Categorical.from_codes(index, names)
