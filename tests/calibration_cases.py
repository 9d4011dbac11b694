"""Simulated multi-site scans for the tests of the calibration."""

import numpy as np
import pandas as pd

from multipet.analysis.contrast.estimates import Question, question_of

REGIONS = ("caudate", "putamen", "thalamus", "cortex")
FORMULA = "group + age + (1 | site)"


def scan_rows(
    people: int = 80, sites: int = 4, visits: int = 1, share: float = 0.8, seed: int = 1
) -> pd.DataFrame:
    """One row a scan; ``share`` of the people are patients at every second site, else 1 − share."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), visits)
    site = person % sites
    patient = (np.arange(people) // sites) % 10 < 10 * np.where(
        np.arange(people) % sites % 2, share, 1 - share
    )
    table = pd.DataFrame(
        {
            "participant_id": [f"p{k:03d}" for k in person],
            "session": [f"{k}" for k in np.tile(np.arange(visits), people)],
            "site": pd.Categorical([f"s{k}" for k in site]),
            "scanner": pd.Categorical([f"s{k}/a" for k in site]),
            "group": pd.Categorical(np.where(patient[person], "patient", "control")),
            "age": rng.uniform(40, 80, people)[person],
            "years": np.tile(2.0 * np.arange(visits), people)
            + (rng.uniform(-0.2, 0.2, people * visits) if visits > 1 else 0),
        }
    )
    values = rng.normal(0, 1, (len(person), len(REGIONS))) + rng.normal(0, 1, (len(person), 1))
    values *= rng.uniform(0.7, 1.4, (sites, 1))[site]
    values += rng.normal(0, 1, (sites, len(REGIONS)))[site]
    values += rng.normal(0, 0.7, (people, len(REGIONS)))[person] * (visits > 1)
    return table.join(pd.DataFrame(values, columns=list(REGIONS)))


def group_question(table: pd.DataFrame, **settings) -> Question:
    """Patients minus controls, or as ``settings`` say."""
    asked = settings or {"difference": {"group": ["patient", "control"]}}
    inference = {"df": "kenward-roger", "confidence": 0.95, "alpha": 0.05, "adjust": "none"}
    spec = {"contrast": "asked", "settings": {"at": {}, **asked}, "variables": {}}
    return question_of({**spec, "scale": "identity", "inference": inference}, table)


def harmonisation(**changes) -> dict:
    """Settings of a harmonisation."""
    settings = {"id": "own", "method": "combat", "batch": "site", "preserve": "group + age"}
    return settings | changes
