"""The demo study's people, scans and BP_ND, drawn from parameters that are written down here."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

SEED = 2026
REGIONS = ("caudate", "putamen", "accumbens", "thalamus")
SIDES = ("left", "right")

Values = dict[tuple[str, str], float]  # (region, side): BP_ND of one scan


@dataclass(frozen=True)
class Site:
    """A centre: its people, the share of them who are patients, its cameras and their use."""

    people: int
    patients: float
    cameras: dict[str, float]  # camera: share of the first visits


SITES = {
    "turku": Site(63, 0.25, {"GE Discovery 690": 0.6, "ECAT HRRT": 0.4}),
    "aarhus": Site(54, 0.40, {"Siemens Biograph 64": 1.0}),
    "yale": Site(69, 0.60, {"ECAT HRRT": 0.5, "Siemens Biograph mCT": 0.3, "ECAT EXACT HR+": 0.2}),
    "vancouver": Site(54, 0.50, {"ECAT HRRT": 1.0}),
}
SECOND_VISITS = 1 / 3  # share of the people of a site
ANOTHER_CAMERA = 0.35  # probability at a second visit, where the site has another
FIRST_AGE = (20.0, 78.0)  # years, so that nobody is over 80 at the second visit
YEARS_BETWEEN_VISITS = (1.0, 2.0)

# Geometric mean BP_ND of control women aged 50, at an average site and scanner
REFERENCE_AGE = 50.0
MEANS = {"caudate": 2.65, "putamen": 3.3, "accumbens": 2.5, "thalamus": 0.45}
# Effects in percent of BP_ND
AGE_PER_DECADE = {"caudate": -4.9, "putamen": -2.9, "accumbens": -0.7, "thalamus": -2.0}
WOMEN_MINUS_MEN = dict.fromkeys(REGIONS, 3.0)
PATIENTS_MINUS_CONTROLS = {"caudate": -6.0, "putamen": -6.0, "accumbens": -6.0, "thalamus": 0.0}
# Standard deviations of log BP_ND: "shared" moves all regions alike, "region" each on its own
SD = {
    "subject_shared": 0.10,
    "subject_region": 0.06,
    "site": 0.03,
    "scanner_shared": 0.06,
    "scanner_region": 0.04,
    "residual": 0.06,
}
RESIDUAL_FACTORS = (0.8, 1.3)  # of the steadiest and of the noisiest scanner
# Half the difference between left and right, as a share of the mean of both: fixed part, and SD
ASYMMETRY = {"caudate": 0.010, "putamen": -0.006, "accumbens": 0.008, "thalamus": -0.004}
ASYMMETRY_SD = 0.01


@dataclass(frozen=True)
class Person:
    """One scanned person; ``number`` counts within the site, from 1."""

    site: str
    number: int
    age: float  # years, at the first visit
    woman: bool
    patient: bool
    camera: str  # of the first visit


@dataclass(frozen=True)
class Scan:
    """One visit of a person to a camera of their site."""

    person: Person
    visit: int
    age: float  # years, at this visit
    camera: str

    @property
    def scanner(self) -> str:
        """The camera with its site: sites have cameras of the same model."""
        return f"{self.person.site}/{self.camera}"


@dataclass(frozen=True)
class Effects:
    """What sites and scanners add to log BP_ND, and the scanners' factors on the residual SD."""

    site: dict[str, float]
    scanner: dict[str, dict[str, float]]  # by region
    residual_factor: dict[str, float]


def draw_effects(rng: np.random.Generator, sites: Mapping[str, Site]) -> Effects:
    """Draw the effects of sites and scanners, to four decimals."""
    scanners = [f"{name}/{camera}" for name, site in sites.items() for camera in site.cameras]
    site = rng.normal(0, SD["site"], len(sites)).round(4)
    size = (len(scanners), len(REGIONS))
    scanner = rng.normal(0, SD["scanner_shared"], (size[0], 1))
    scanner = (scanner + rng.normal(0, SD["scanner_region"], size)).round(4)
    factors = rng.permutation(np.linspace(*RESIDUAL_FACTORS, len(scanners))).round(4)
    return Effects(
        dict(zip(sites, site.tolist(), strict=True)),
        {
            name: dict(zip(REGIONS, row, strict=True))
            for name, row in zip(scanners, scanner.tolist(), strict=True)
        },
        dict(zip(scanners, factors.tolist(), strict=True)),
    )


def draw_scans(rng: np.random.Generator, sites: Mapping[str, Site]) -> list[Scan]:
    """Draw the people of every site and their visits, in the order of people, then visits."""
    return [scan for name, site in sites.items() for scan in _scans_of_site(rng, name, site)]


def draw_log_values(
    rng: np.random.Generator, scans: Sequence[Scan], effects: Effects
) -> np.ndarray:
    """Draw log BP_ND, array of shape (n_scans, n_regions)."""
    people = {scan.person: None for scan in scans}
    row = {person: i for i, person in enumerate(people)}
    subject = rng.normal(0, SD["subject_shared"], (len(people), 1))
    subject = subject + rng.normal(0, SD["subject_region"], (len(people), len(REGIONS)))
    residual = rng.normal(0, SD["residual"], (len(scans), len(REGIONS)))
    factor = np.array([effects.residual_factor[scan.scanner] for scan in scans])
    expected = np.array([expected_log(scan) + place_effect(scan, effects) for scan in scans])
    return expected + subject[[row[scan.person] for scan in scans]] + residual * factor[:, None]


def expected_log(scan: Scan) -> np.ndarray:
    """Mean log BP_ND of such a person at an average site and scanner, shape (n_regions,)."""
    decades = (scan.age - REFERENCE_AGE) / 10
    return np.array(
        [
            math.log(MEANS[region])
            + decades * log_change(AGE_PER_DECADE[region])
            - (not scan.person.woman) * log_change(WOMEN_MINUS_MEN[region])
            + scan.person.patient * log_change(PATIENTS_MINUS_CONTROLS[region])
            for region in REGIONS
        ]
    )


def place_effect(scan: Scan, effects: Effects) -> np.ndarray:
    """What site and scanner add to log BP_ND, shape (n_regions,)."""
    return effects.site[scan.person.site] + np.array(list(effects.scanner[scan.scanner].values()))


def log_change(percent: float) -> float:
    """A change in percent as a difference of logarithms."""
    return math.log1p(percent / 100)


def draw_sides(rng: np.random.Generator, log_values: np.ndarray) -> list[Values]:
    """Split each region into left and right, of which it is the mean."""
    noise = rng.normal(0, ASYMMETRY_SD, log_values.shape)
    half = noise + np.array([ASYMMETRY[region] for region in REGIONS])
    both = np.stack([np.exp(log_values) * (1 + half), np.exp(log_values) * (1 - half)], axis=2)
    keys = [(region, side) for region in REGIONS for side in SIDES]
    return [dict(zip(keys, row.ravel().tolist(), strict=True)) for row in both]


def true_contrasts(effects: Effects) -> dict[str, dict]:
    """True value on the log scale of each contrast of config.yaml, by region."""
    group = _log_changes(PATIENTS_MINUS_CONTROLS)
    return {
        "age_per_decade": _log_changes(AGE_PER_DECADE),
        "patients_minus_controls": group,
        "women_minus_men": _log_changes(WOMEN_MINUS_MEN),
        "between_sites": {
            f"{a} - {b}": dict.fromkeys(REGIONS, round(effects.site[a] - effects.site[b], 4))
            for a, b in combinations(effects.site, 2)
        },
        "age_slope_patients_minus_controls": dict.fromkeys(REGIONS, 0.0),
        "patients_minus_controls_harmonised": group,
    }


def truth(effects: Effects) -> dict:
    """Everything that the values were drawn from; numbers are differences of log BP_ND."""
    return {
        "scale": "log",
        "seed": SEED,
        "reference": f"control women aged {REFERENCE_AGE:g}, at an average site and scanner",
        "geometric_means": MEANS,
        "fixed_effects": {
            region: {
                "log_mean": round(math.log(MEANS[region]), 6),
                "age_per_decade": _log_changes(AGE_PER_DECADE)[region],
                "women_minus_men": _log_changes(WOMEN_MINUS_MEN)[region],
                "patients_minus_controls": _log_changes(PATIENTS_MINUS_CONTROLS)[region],
            }
            for region in REGIONS
        },
        "standard_deviations": SD,
        "site_effects": effects.site,
        "scanner_effects": effects.scanner,
        "residual_factors": effects.residual_factor,
        "contrasts": true_contrasts(effects),
    }


def simulate() -> tuple[Effects, list[Scan], np.ndarray, list[Values]]:
    """Draw the demo study: effects, scans, log BP_ND and its two sides."""
    rng = np.random.default_rng(SEED)
    effects = draw_effects(rng, SITES)
    scans = draw_scans(rng, SITES)
    log_values = draw_log_values(rng, scans, effects)
    return effects, scans, log_values, draw_sides(rng, log_values)


def _scans_of_site(rng: np.random.Generator, name: str, site: Site) -> list[Scan]:
    people = _people_of_site(rng, name, site)
    returns = _some(rng, site.people, SECOND_VISITS)
    scans = []
    for person, again in zip(people, returns, strict=True):
        scans.append(Scan(person, 1, person.age, person.camera))
        if again:
            age = round(person.age + rng.uniform(*YEARS_BETWEEN_VISITS), 1)
            scans.append(Scan(person, 2, age, _second_camera(rng, person.camera, site)))
    return scans


def _people_of_site(rng: np.random.Generator, name: str, site: Site) -> list[Person]:
    ages = rng.uniform(*FIRST_AGE, site.people).round(1).tolist()
    women = _some(rng, site.people, 0.5)
    patients = _some(rng, site.people, site.patients)
    cameras = rng.choice(list(site.cameras), site.people, p=list(site.cameras.values())).tolist()
    columns = zip(range(1, site.people + 1), ages, women, patients, cameras, strict=True)
    return [Person(name, *row) for row in columns]


def _some(rng: np.random.Generator, n: int, share: float) -> list[bool]:
    return rng.permutation(np.arange(n) < round(share * n)).tolist()


def _second_camera(rng: np.random.Generator, first: str, site: Site) -> str:
    others = [camera for camera in site.cameras if camera != first]
    return str(rng.choice(others)) if others and rng.random() < ANOTHER_CAMERA else first


def _log_changes(percents: Mapping[str, float]) -> dict[str, float]:
    return {region: round(log_change(percents[region]), 6) for region in REGIONS}
