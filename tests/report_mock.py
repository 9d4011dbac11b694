"""Invented studies for the tests of the report: no statistics, only tables of the right shape."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import robustness_mock
from report_study import SITES, report_spec
from robustness_mock import table

from multipet.calibration.calibration_table import CALIBRATION
from multipet.config.page_specs import ReportSpec
from multipet.config.specs import write_spec
from multipet.core import columns
from multipet.core.columns import robustness as robustness_columns
from multipet.core.files import write_json, write_text
from multipet.core.tables import write_table
from multipet.report.contrast.files import (
    CONTRAST_TABLES,
    MODEL_TABLES,
    ROBUSTNESS_TABLES,
    ContrastFiles,
)
from multipet.report.html.embedded import Figure

HOSTILE = (
    "<script>alert(1)</script> \"quoted\" 'x' {{ 7*7 }} {% raw %} 🧠 "
    "\u202eright\u202c\x07 & </style>"
)


def row_of(region: str, estimate: float, se: float, p: float, log: bool, **more: Any) -> dict:
    """A row of the contrast table around an estimate."""
    low, high = estimate - 2 * se, estimate + 2 * se
    row = {
        "contrast": "c",
        "region": region,
        "comparison": "the comparison",
        "estimate": estimate,
        "standard_error": se,
        "df": 215.37,
        "df_method": "kenward-roger",
        "t": estimate / se,
        "p_value": p,
        "ci_low": low,
        "ci_high": high,
        "p_method": "t",
        "p_adjusted": min(1, 1.3 * p),
        "detectable": 2.8 * se,
        "n_subjects": 232,
        "n_scans": 310,
        "n_sites": 4,
        "standardised": estimate / 0.12,
        "standardised_by_sd": 0.12,
        "varies": "within",
        "status": "ok",
        "percent": np.nan,
        "percent_low": np.nan,
        "percent_high": np.nan,
    }
    if log:
        shown = [100 * np.expm1(x) for x in (estimate, low, high)]
        row |= dict(zip(("percent", "percent_low", "percent_high"), shown, strict=True))
        row["percent_detectable"] = 100 * np.expm1(2.8 * se)
    return row | more


def finding(**fields: str) -> dict:
    """A row of a findings table."""
    return {column.name: "" for column in columns.FINDINGS} | fields


def svg(name: str, rows: list[dict]) -> str:
    """A drawing in the shape of our figures: no fixed size, ids with a prefix."""
    lines = "".join(
        f'<line x1="{260 + 900 * r["ci_low"]:.1f}" x2="{260 + 900 * r["ci_high"]:.1f}" '
        f'y1="{24 * i + 22}" y2="{24 * i + 22}" stroke="#0072B2" stroke-width="2"/>'
        f'<circle cx="{260 + 900 * r["estimate"]:.1f}" cy="{24 * i + 22}" r="4" fill="#0072B2"/>'
        f'<text x="8" y="{24 * i + 26}" font-size="11" font-family="sans-serif">row {i + 1}</text>'
        for i, r in enumerate(rows)
        if np.isfinite(r["estimate"])
    )
    height = 24 * len(rows) + 40
    return (
        '<?xml version="1.0"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 518 {height}"><title>{name}</title>'
        f'<defs><path id="{name}-1" d="M0 0"/></defs><line x1="260" x2="260" y1="8" '
        f'y2="{height - 8}" stroke="#888" stroke-dasharray="4 4"/>{lines}</svg>\n'
    )


def plan_of(**more: Any) -> dict:
    """What was fitted, on four sites."""
    sites = [
        ("turku", ["turku/HRRT", "turku/ECAT"], 41, 12),
        ("aarhus", ["aarhus/HRRT"], 50, 9),
        ("yale", ["yale/HRRT", "yale/Vision"], 38, 25),
        ("vancouver", ["vancouver/HRRT"], 43, 14),
    ]
    return {
        "formula": "age + sex + group + (1 | participant_id) + (1 | site) + (1 | scanner)",
        "site": {
            "asked": "auto",
            "used": "random",
            "reason": "4 sites, at least the 4 of a random effect.",
        },
        "scanner": {
            "asked": "auto",
            "used": "random",
            "reason": "6 scanners, at least the 4 of a random effect.",
        },
        "n_scans": 310,
        "n_subjects": 232,
        "n_sites": 4,
        "n_scanners": 6,
        "per_site": [
            {
                "site": s,
                "n_subjects": c + p,
                "n_scans": c + p + 20,
                "scanners": scanners,
                "levels": {
                    "group": {"control": c, "patient": p},
                    "sex": {"F": 30, "M": c + p - 30},
                },
                "numbers": {"age": {"mean": 47.31, "sd": 14.2, "min": 20.1, "max": 79.8}},
            }
            for s, scanners, c, p in sites
        ],
        "failed": [],
        "versions": {"multipet": "0.2.0", "python": "3.12.1", "numpy": "1.9.9"},
        "convergence": [
            {
                "region": r,
                "gradient_norm": 2.3e-7,
                "iterations": 9,
                "restarts": 1,
                "singular": False,
            }
            for r in ("caudate", "putamen", "accumbens", "thalamus")
        ],
        **more,
    }


def respec(files: ContrastFiles, **changes: Any) -> ContrastFiles:
    """The same files of a study whose config differs, see ``report_study.report_spec``."""
    return replace(files, spec=report_spec(files.spec.contrast.id, **changes))


def ingest_findings() -> list[dict]:
    """Findings of raw tables as ingest leaves them."""
    return [
        finding(
            stage="tidy",
            check="duplicate_row",
            action="dropped",
            site="turku",
            row="18",
            participant_id="007",
            session="1",
            message='same values as row 17 (id "007")',
        ),
        finding(
            stage="tidy",
            check="missing_value",
            action="missing",
            site="yale",
            row="4",
            participant_id="Y03",
            session="1",
            region="thalamus",
            message="empty cell",
        ),
        finding(
            stage="pool",
            check="missing_covariate",
            action="missing",
            site="aarhus",
            row="9",
            participant_id="a9",
            session="2",
            message="age is not known",
        ),
    ]


def checks_of(regions: list[str], ratio: float = 1.24, p: float = 0.21) -> list[dict]:
    """Residual checks of each region."""
    return [
        {
            "region": region,
            "check": check,
            "statistic": statistic,
            "p_value": p_value,
            "message": text,
        }
        for region in regions
        for check, statistic, p_value, text in (
            ("spread_by_scanner", 1.7, p, "residual spread does not differ detectably"),
            ("spread_ratio", ratio, np.nan, f"residual SD is {ratio} times as large on yale/HRRT"),
            ("skewness", 0.11, 0.4, "skewness 0.11: near symmetric"),
            ("excess_kurtosis", 0.31, 0.2, "excess kurtosis 0.31: tails near normal"),
            (
                "largest_residual",
                3.1,
                np.nan,
                "largest scaled residual 3.10 (007, session 1, turku/HRRT): not far out",
            ),
        )
    ]


def variances_of(regions: list[str]) -> list[dict]:
    """Variance components of each region."""
    parts = (
        ("subject", 0.117, 0.62),
        ("scanner in site", 0.07, 0.22),
        ("site", 0.03, 0.04),
        ("residual", 0.052, 0.12),
    )
    return [
        {"region": region, "component": name, "variance": sd**2, "sd": sd, "share": share}
        for region in regions
        for name, sd, share in parts
    ]


def study(
    spec: ReportSpec, rows: list[dict], sensitivity: list[dict] = (), **more: Any
) -> ContrastFiles:
    """Files of a contrast, with figures and checks that fit the regions of ``rows``."""
    regions = list(dict.fromkeys(row["region"] for row in rows))
    contrast = table(rows, columns.CONTRAST)
    figures = tuple(
        Figure(name, svg(name, rows), caption, f"{name} of {len(rows)} rows", section, title=name)
        for name, caption, section in (
            ("forest", "Estimate and 95 % interval of each row; filled where detected.", "where"),
            ("shrinkage", "Own means of the sites and what the model makes of them.", "sites"),
            (
                "residuals_fitted",
                "Residuals against fitted values: no shape, even spread.",
                "checks",
            ),
        )
    )
    files = {
        "spec": spec,
        "contrast": contrast,
        "sensitivity": table(list(sensitivity), columns.SENSITIVITY),
        "contrast_findings": table([], columns.FINDINGS),
        "weights": table([], columns.WEIGHTS),
        "by_site": table([], columns.BY_SITE),
        "heterogeneity": table([], columns.HETEROGENEITY),
        "plan": plan_of(),
        "model_findings": table([], columns.FINDINGS),
        "variance_components": table(variances_of(regions), columns.VARIANCE_COMPONENTS),
        "residual_checks": table(checks_of(regions), columns.RESIDUAL_CHECKS),
        "ingest_findings": table(ingest_findings(), columns.FINDINGS),
        "calibration": table([], CALIBRATION),
        "robust": robustness_mock.robust(rows, sensitivity, _slope(spec)),
        "figures": figures,
        "sources": {
            s: [{"name": f"{s}.csv", "sha256": f"{i}" * 64}] for i, s in enumerate(spec.sites, 1)
        },
        "delivered": {"turku": 80, "aarhus": 80, "yale": 80, "vancouver": 71},
        "contrast_tsv": contrast.to_csv(sep="\t", index=False, na_rep="n/a"),
    }
    return ContrastFiles(**files | more)


def _slope(spec: ReportSpec) -> str:
    """The number whose slope is asked; empty for any other contrast."""
    return next(iter(spec.contrast.settings.slope or ()), "")


def slope() -> ContrastFiles:
    """Four regions, log scale, all fine."""
    spec = report_spec("age_per_decade")
    numbers = [
        ("caudate", -0.0521, 0.0055, 3e-15),
        ("putamen", -0.0312, 0.005, 4.1e-9),
        ("accumbens", -0.0088, 0.0061, 0.1507),
        ("thalamus", -0.0214, 0.0048, 1.2e-5),
    ]
    rows = [row_of(*n, log=True) for n in numbers]
    other = [row_of(r, e * 1.02, s * 1.03, p, True, variant="site fixed") for r, e, s, p in numbers]
    return study(spec, rows, other)


def differing(log: bool = True) -> ContrastFiles:
    """Four regions; in caudate the effect differs between sites, and is lost where it may."""
    files = slope()
    caudate = row_of("caudate", -0.0521, 0.04, 0.31, log, variant="effect varies by site")
    others = [
        row_of(r["region"], r["estimate"], r["standard_error"], r["p_value"], log,
               variant="effect varies by site")
        for r in files.contrast.to_dict("records")[1:]
    ]  # fmt: skip
    regions = list(files.contrast["region"])
    by_site = [
        row_of(region, -0.05 + 0.02 * i, 0.01, 0.2, log, site=site, n_scans=80, n_subjects=60)
        for region in regions
        for i, site in enumerate(SITES)
    ]
    absent = {"estimate": np.nan, "percent": np.nan, "status": "The site has no scans of age 3."}
    by_site[-1] |= absent
    p_values = (0.0004, 0.6, 0.2, 0.8)
    tests = [
        {"region": region, "comparison": "the comparison", "f": 6.1, "numerator_df": 3,
         "denominator_df": 220.4, "df_method": "kenward-roger", "p_value": p, "p_adjusted": p,
         "sd_between_sites": 0.03, "n_sites": 4, "status": "ok"}
        for region, p in zip(regions, p_values, strict=True)
    ]  # fmt: skip
    return replace(
        files,
        sensitivity=table([caudate, *others], columns.SENSITIVITY),
        by_site=table(by_site, columns.BY_SITE),
        heterogeneity=table(tests, columns.HETEROGENEITY),
    )


def null_difference() -> ContrastFiles:
    """No difference detected."""
    spec = report_spec("women_minus_men")
    numbers = [
        ("caudate", 0.0121, 0.0155, 0.43),
        ("putamen", -0.0032, 0.0151, 0.83),
        ("accumbens", 0.0188, 0.0171, 0.27),
        ("thalamus", 0.0094, 0.0168, 0.58),
    ]
    return study(spec, [row_of(*n, log=True) for n in numbers])


def pairwise() -> ContrastFiles:
    """Every pair of four sites in four regions."""
    spec = report_spec("between_sites")
    sites, rng = ["turku", "aarhus", "yale", "vancouver"], np.random.default_rng(5)
    rows = []
    for region in ("caudate", "putamen", "accumbens", "thalamus"):
        for i, first in enumerate(sites):
            for second in sites[i + 1 :]:
                estimate = rng.normal(0, 0.08)
                p = float(np.exp(-((estimate / 0.045) ** 2)))
                rows.append(
                    row_of(
                        region,
                        estimate,
                        0.045,
                        p,
                        True,
                        df=3.1,
                        comparison=f"{first} − {second}",
                        varies="between",
                    )
                )
    fixed = {"asked": "auto", "used": "fixed", "reason": "A contrast of this model compares sites."}
    return study(spec, rows, plan=plan_of(site=fixed))


MANY = {
    "study__outcome": {"column": "v_t", "label": "V_T", "unit": "mL/cm3", "scale": "identity"},
    "regions__labels": {},
}


def many_regions() -> ContrastFiles:
    """Identity scale, 33 regions, failures, many findings, uneven scanners."""
    spec = report_spec("patients_minus_controls", **MANY)
    rng = np.random.default_rng(3)
    regions = [
        f"{side} {name}"
        for name in (
            "superior frontal",
            "middle frontal",
            "inferior frontal",
            "precentral",
            "postcentral",
            "superior parietal",
            "inferior parietal",
            "superior temporal",
            "middle temporal",
            "insula",
            "anterior cingulate",
            "posterior cingulate",
            "hippocampus",
            "amygdala",
            "caudate",
            "putamen",
        )
        for side in ("left", "right")
    ] + ["brainstem"]
    rows = []
    for i, region in enumerate(regions):
        estimate = rng.normal(-0.14, 0.12)
        p = float(np.exp(-((estimate / 0.06) ** 2)))
        rows.append(row_of(region, estimate, 0.052, p, False, df=41.2 + i))
    empty = {
        "estimate": np.nan,
        "p_value": np.nan,
        "p_adjusted": np.nan,
        "t": np.nan,
        "df": np.nan,
        "ci_low": np.nan,
        "ci_high": np.nan,
        "standardised": np.nan,
    }
    rows[32] |= empty | {"status": "the model could not be fitted"}
    convergence = [
        {"region": r, "gradient_norm": 4e-6, "iterations": 14, "singular": i % 5 == 0}
        for i, r in enumerate(regions)
    ]
    plan = plan_of(
        convergence=convergence,
        failed=[
            {
                "region": "brainstem",
                "reason": "Only 11 scans hold a value, fewer than the 14 coefficients.",
            }
        ],
    )
    singular = [
        finding(
            stage="model",
            check="singular_fit",
            action="noted",
            region=r,
            message="age and group of site are estimated as perfectly correlated",
        )
        for i, r in enumerate(regions)
        if i % 5 == 0
    ]
    confounded = [
        finding(
            stage="contrast",
            check="confounded_site",
            action="noted",
            value="0.63",
            message="63 % of the variation of group lies between sites.",
        )
    ]
    noted = ingest_findings() + [
        finding(
            stage="tidy",
            check="outlier_value",
            action="noted",
            site="yale",
            row=str(i),
            participant_id=f"Y{i:02d}",
            session="1",
            region=regions[i % 32],
            value="31.2",
            message="31.2 is 12.4 median absolute deviations from the median of the site",
        )
        for i in range(2, 60)
    ]
    sensitivity = [
        r | {"variant": "site fixed", "p_adjusted": min(1, r["p_adjusted"] * 1.8)} for r in rows
    ]
    return study(
        spec,
        rows,
        sensitivity,
        plan=plan,
        model_findings=table(singular, columns.FINDINGS),
        contrast_findings=table(confounded, columns.FINDINGS),
        ingest_findings=table(noted, columns.FINDINGS),
        residual_checks=table(checks_of(regions, 1.83, 0.0004), columns.RESIDUAL_CHECKS),
    )


def harmonised() -> ContrastFiles:
    """Naive p-values after ComBat, raw answer beside."""
    spec = report_spec("patients_harmonised")
    numbers = [
        ("caudate", -0.0651, 0.0155, 5e-5),
        ("putamen", -0.0582, 0.0151, 2e-4),
        ("accumbens", -0.0388, 0.0171, 0.024),
        ("thalamus", 0.0094, 0.0168, 0.58),
    ]
    rows = [row_of(*n, log=True) for n in numbers]
    raw = [
        row_of(r, e * 0.9, s * 1.3, min(1, p * 9), True, variant="raw values")
        for r, e, s, p in numbers
    ]
    naive = [
        finding(
            stage="contrast",
            check="naive_p",
            action="noted",
            value="0.0934",
            message="After ComBat over scanner a 5 % test is predicted to err in 9.34 %.",
        )
    ]
    return study(spec, rows, raw, contrast_findings=table(naive, columns.FINDINGS))


def hostile() -> ContrastFiles:
    """The first study with hostile text wherever config and tables bring text."""
    files, plan = respec(slope(), **hostile_config()), plan_of()
    site = plan["per_site"][0]
    site |= {"scanners": [f"turku/{HOSTILE}"], "levels": {"group": {HOSTILE: 2}}}
    plan["failed"] = [{"region": HOSTILE, "reason": HOSTILE}]
    plan["site"] |= {"reason": HOSTILE}
    said = dict.fromkeys(("check", "action", "site", "message", "region", "row"), HOSTILE)
    noted = table([finding(stage="tidy", participant_id="007", **said)], columns.FINDINGS)
    figures = tuple(replace(f, caption=HOSTILE, alt=HOSTILE, title=HOSTILE) for f in files.figures)
    return replace(
        files,
        plan=plan,
        figures=figures,
        sources={"turku": [{"name": HOSTILE, "sha256": HOSTILE}]},
        sensitivity=files.sensitivity.assign(variant=HOSTILE),
        model_findings=noted,
        ingest_findings=noted,
        variance_components=files.variance_components.assign(component=HOSTILE),
    )


def hostile_config() -> dict[str, Any]:
    """Changes of the config that put hostile text wherever the config takes any text."""
    return {
        "study__title": HOSTILE,
        "study__tracer": HOSTILE,
        "study__outcome__label": HOSTILE,
        "contrasts__age_per_decade__title": HOSTILE,
        "sites__turku__label": HOSTILE,
        "variables__age__label": HOSTILE,
        "variables__age__unit": HOSTILE,
        "regions__labels": {"caudate": HOSTILE, "putamen": "a\u200fb" + "x" * 200},
    }


STUDIES = {
    "slope": slope,
    "null": null_difference,
    "pairwise": pairwise,
    "many": many_regions,
    "differing": differing,
    "harmonised": harmonised,
    "hostile": hostile,
}


def write_sources(files: ContrastFiles, folder: Path) -> list[Path]:
    """Write what each site's tidy table was made from."""
    for site, entries in files.sources.items():
        described = {"site": site, "files": entries, "n_scans": files.delivered.get(site, 0)}
        write_json(folder / f"{site}.source.json", described)
    return [folder / f"{site}.source.json" for site in files.sources]


def step_words(files: ContrastFiles, folder: Path, page: Path, summary: Path) -> list[str]:
    """Write the inputs of the step report_contrast; returns the words of its command line."""
    contrast, model = folder / "contrast", folder / "model"
    glossaries = {**vars(columns), **vars(robustness_columns), "CALIBRATION": CALIBRATION}
    for stem, name in CONTRAST_TABLES.items():
        glossary = glossaries["FINDINGS" if name.endswith("findings") else name.upper()]
        write_table(contrast / f"{stem}.tsv", getattr(files, name), glossary)
    for stem, name in ROBUSTNESS_TABLES.items():
        glossary = glossaries[name.upper()]
        write_table(contrast / f"{stem}.tsv", getattr(files.robust, name), glossary)
    for stem, name in MODEL_TABLES.items():
        glossary = glossaries["FINDINGS" if name.endswith("findings") else name.upper()]
        write_table(model / f"{stem}.tsv", getattr(files, name), glossary)
    write_spec(folder / "spec.json", files.spec, files.fingerprint)
    write_json(model / "plan.json", files.plan)
    write_table(folder / "ingest_findings.tsv", files.ingest_findings, columns.FINDINGS)
    index = _write_figures(files, folder / "figures")
    none = folder / "robustness_figures"
    write_json(none / "index.json", [])
    named = {
        "spec": [folder / "spec.json"],
        "contrast": sorted(contrast.glob("*.tsv")),
        "model": [model / "plan.json", *sorted(model.glob("*.tsv"))],
        "findings": [folder / "ingest_findings.tsv"],
        "figures": [index.parent],
        "robustness_figures": [none],
        "harmonisation": [],
        "sources": write_sources(files, folder),
        "page": [page],
        "summary": [summary],
    }
    return [str(word) for name, paths in named.items() for word in (f"--{name}", *paths)]


def _write_figures(files: ContrastFiles, folder: Path) -> Path:
    for figure in files.figures:
        write_text(folder / f"{figure.name}.svg", figure.svg)
    keys = ("name", "title", "caption", "alt", "section", "part", "folded", "table")
    entries = [
        {key: getattr(f, key) for key in keys} | {"file": f"{f.name}.svg"} for f in files.figures
    ]
    write_json(folder / "index.json", entries)
    return folder / "index.json"
