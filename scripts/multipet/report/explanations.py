"""What each check means: name to explanation, for the reports and for the README."""

from pathlib import Path

from multipet.core.marked_text import Marks, between_marks

#: For a reader of the report: what was found, and what it does to the answer.
MODEL_CHECKS = {
    "singular_fit": (
        "At least one random effect is estimated as having no variance, or two as moving "
        "together. The fixed effects can still be read; these data do not tell this source of "
        "variation from none."
    ),
    "few_levels": (
        "A random effect rests on few sites or scanners, so that its variance is known poorly. "
        "Read the interval more than the p-value, and see the same contrast with the factor as "
        "a fixed effect."
    ),
    "site_means": (
        "Site means of the covariates were asked for beside a random site, but there is no room "
        "for them here."
    ),
    "few_scans_for_spread": (
        "The residual spread of a scanner or site rests on few scans, or is estimated as 0, so "
        "that its scans may count too much or too little."
    ),
    "not_converged": (
        "The optimiser stopped before it was sure of the best fit. Do not report these regions; "
        "simplify the random effects first."
    ),
    "rank_deficient": (
        "Some fixed effects repeat what others say, and were left out. Contrasts that need them "
        "have no answer."
    ),
    "failed_fit": "No model could be fitted in this region, so that it has no answer.",
    "missing_covariate": (
        "A covariate of the scan is not known. Models that use it leave the scan out."
    ),
    "confounded_site": (
        "What the contrast compares differs mostly between sites, so that the sites' own "
        "differences and the effect are hard to tell apart. Only what varies within sites "
        "speaks for the effect."
    ),
    "repeated_scans": (
        "People were scanned more than once, but the model has no effect of the person. Intervals"
        " and p-values are too small: add (1 | participant_id) to the formula."
    ),
    "heterogeneity": (
        "The effect is not the same at all sites. The main answer is about the mean of these "
        "sites. For sites beyond these, read the row “effect varies by site” under Robustness: "
        "its interval counts that the effect differs, and so is wider."
    ),
    "degrees_of_freedom": (
        "The approximation behind the t test was at its limits in these regions, and another "
        "was used or the df are to be read with care. Near the threshold, trust the interval "
        "of the other choice of site too."
    ),
    "calibration_bootstrap": (
        "Too little can change places between people of the same scanner, so that p is from "
        "values drawn from the fitted model and not from permutations."
    ),
    "calibration_failed_draws": (
        "Some draws could not be harmonised and fitted; each counts against the effect."
    ),
    "calibration_refused": (
        "This harmonisation cannot be used for this question and is not shown beside the others."
    ),
    "influential_subject": (
        "Without one person the estimate moves by more than half its standard error (in studies "
        "of fewer than 36 people: by more than three times the typical move). Look at that "
        "person's scans before anything else; leaving people out because of the result is no "
        "remedy."
    ),
    "naive_p": (
        "The values were harmonised first, and a model takes them for raw data: its own p-values, "
        "called naive, leave out what the harmonisation cost. This says how often such a test at "
        "5 % would fire although nothing differs. The p-values printed are calibrated instead, "
        "unless the finding says that they could not be."
    ),
    "contrast_not_preserved": (
        "What the contrast compares was not among the covariates that harmonisation preserves: "
        "part of it went with the differences between sites or scanners. Preserve it, or read "
        "the answer from raw values."
    ),
}

TABLE_CHECKS = {
    "duplicate_row": ("The same scan came twice with the same content. It counts once."),
    "completed_within_scan": (
        "Several rows of one scan each held a part of it and were joined to one."
    ),
    "changing_level": "A person's sex, group or the like differs between visits. Check the table.",
    "missing_value": (
        "The cell is empty or holds a text that means missing. The region lacks this scan."
    ),
    "scan_without_values": "The scan has no value in any region and takes no part.",
    "missing_part": (
        "A region made of several parts lacks one of them in this scan, and so is missing."
    ),
    "missing_region": "The site does not deliver this region; its model rests on the other sites.",
    "region_without_values": "The site names this region but gives no value for it.",
    "region_not_kept": "Regions in the table that the config does not keep.",
    "column_not_read": (
        "The table has columns that nothing in the config reads. None is needed; look whether a"
        " region or covariate was forgotten."
    ),
    "unused_region_name": "The config renames a region that the table does not have.",
    "missing_scanner": (
        "The scanner of the scan is not known; the scan counts as made on a scanner of its own."
    ),
    "no_scanner": (
        "The table does not say which scanner was used: the whole site counts as one scanner, "
        "and differences between its scanners cannot be seen."
    ),
    "scanner_spelled_twice": (
        "Two scanner names look like spellings of one. They count as two until the config "
        "recodes them."
    ),
    "scanner_without_values": "A scanner has scans but no values and takes no part.",
    "no_session": "The table does not say which visit it was: every scan counts as the first.",
    "shared_id": (
        "The same id came from several sites. It counts as a person at each, unless the config "
        "says that participants span sites."
    ),
    "alike_ids": (
        "Ids that differ in case, blanks or invisible characters alone. Each counts as a person: "
        "if they are one, correct the table."
    ),
    "session_spelled_twice": (
        "Two sessions of a person look like spellings of one. They count as two scans until the "
        "config recodes them."
    ),
    "unmatched_participant": (
        "The person is not in the participants table, so that what it would say is missing."
    ),
    "filled_from_participants": (
        "What the site's table left empty was taken from the participants table."
    ),
    "participants_without_scan": "People of the participants table who have no scan here.",
    "not_selected": "Rows that the config's `select` leaves out on purpose.",
    "decimal_comma": "Numbers were written with a decimal comma and read as such.",
    "encoding": "The file is not UTF-8 and was read as the encoding named. Check special letters.",
    "first_sheet": "The workbook has several sheets; the first was read.",
    "non_positive": (
        "A value of 0 or less has no logarithm. On a log scale it cannot be analysed; mostly it "
        "is a failed fit of the tracer model."
    ),
    "tiny_value": (
        "A value so far below the others of its region that it looks like a failed fit. On a "
        "log scale it would outweigh everybody else."
    ),
    "outlier_value": (
        "A value far from those of its region and site, as after a lost decimal point or a failed "
        "fit. Kept unless the action says otherwise: look at the cell first, then at the image."
    ),
    "site_scale": (
        "One site's values, in all regions or in the one named, are many times those of the "
        "others, as with a wrong unit."
    ),
    "covariate_scale": (
        "A covariate is many times that of the other sites, as with months for years. It was "
        "kept as it is: check its unit."
    ),
}

HARMONISATION_CHECKS = {
    "covariate_missing": "A scan without a preserved covariate cannot be harmonised.",
    "shrinkage_not_converged": (
        "The empirical-Bayes step did not settle for this batch; its values are less certain."
    ),
    "sign_changed": "Harmonisation turned positive values negative or the reverse. Look at them.",
    "moved_far": "Harmonisation moved these values very far. Look at them.",
    "tested_not_preserved": (
        "A model tests an effect that the harmonisation was not told to preserve, so that part "
        "of it may have been removed."
    ),
    "model_term_not_preserved": (
        "A model of harmonised values has a covariate, an interaction or a curve that the "
        "harmonisation does not preserve: part of it may have been removed, and what stands beside "
        "it may have moved. preserve: auto keeps every term of the models."
    ),
    "small_batch": "Few scans in a batch: its shift and spread are estimated poorly.",
    "region_not_estimable": "Too few values to harmonise this region; it was left missing.",
    "region_in_one_batch": "Only one batch has this region: there is nothing to harmonise it with.",
    "region_missing_in_reference": "The reference batch lacks this region.",
    "region_missing_in_batch": "A batch lacks this region.",
    "one_value_in_batch": "A batch has a single value here, from which no spread can be learnt.",
    "constant_region_in_batch": "All values of a batch are equal here: no spread to learn from.",
    "constant_in_subset": (
        "Harmonisation was estimated from scans that all have one value of this covariate. Its "
        "effect is unknown there and is scaled with the residuals."
    ),
    "level_not_in_subset": (
        "No scan of this level took part in the estimation: it counts as the mean of the other "
        "levels."
    ),
    "covariate_extrapolated": (
        "Scans lie outside the range in which the covariate's effect was estimated."
    ),
    "spline_left_straight": "These numbers were preserved as straight lines, not as curves.",
    "new_batch_estimated": (
        "A batch that the saved parameters do not know was estimated against them."
    ),
    "region_not_in_parameters": (
        "The saved parameters cannot harmonise this region in this batch; it is missing."
    ),
    "subject_level_predicted": (
        "The levels of people come from the scans given. They are those of the first run only "
        "where all scans of a person are there."
    ),
    "not_positive_by_equation": (
        "The equation gives 0 or less, which has no logarithm; the value is missing."
    ),
    "preserve_not_needed": (
        "Given equations change all values of a batch alike: nothing had to be preserved."
    ),
    "longitudinal_fit_failed": (
        "The mixed model of repeated scans could not be fitted in this region; its harmonised "
        "values are missing."
    ),
    "longitudinal_not_converged": (
        "The search for the variance between people did not reach its best value in this region."
    ),
    "no_subject_variance": (
        "The variance between people is estimated as 0, so that scans of one person were "
        "harmonised as if they were of several."
    ),
    "batch_without_link": (
        "Nobody of these batches was scanned in another one. Their shift then compares different "
        "people and is less certain than the number of scans suggests."
    ),
    "covariance_of_complete_scans": (
        "CovBat learns from scans that have every region. In the others a missing cell counts as "
        "the scan's other regions let expect, and stays missing."
    ),
    "few_scans_for_covariance": (
        "There are no more complete scans than regions: how regions vary together is known badly "
        "and was aligned in part only."
    ),
}

ATLAS_CHECKS = {
    "atlas_label_absent": (
        "The atlas's table names a label that its image does not hold, so that this region, or a "
        "part of it, is not on the brain map. Its estimate is not touched."
    ),
    "atlas_region_unseen": (
        "No slice of the brain map cuts this region. Its effect stands in the table, the forest "
        "plot and the NIfTI maps."
    ),
    "atlas_tilted": (
        "The atlas's axes are not those of the head, so that a slice's coordinate holds for its "
        "middle only. Values are not touched."
    ),
}

EXPLANATIONS: dict[str, str] = {
    **TABLE_CHECKS,
    **HARMONISATION_CHECKS,
    **MODEL_CHECKS,
    **ATLAS_CHECKS,
}


def explanation(check: str) -> str:
    """What a check means for the reader; empty for a check without an entry."""
    return EXPLANATIONS.get(check, "")


def in_words(check: str) -> str:
    """Name of a check as a heading: ``Singular fit``."""
    words = check.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


README = Path(__file__).parents[3] / "README.md"
MARKS = Marks(
    "<!-- notes: made from report/explanations.py by scripts/write_notes.py -->",
    "<!-- end of notes -->",
)


def readme_text(old: str) -> str:
    """Text of the README with its table of notes made anew.

    Raises
    ------
    ValueError
        If the marks around the table are missing.
    """
    return between_marks(old, MARKS, notes_table())


def notes_table() -> str:
    """Every check by name, with its explanation, as a Markdown table."""
    head = "| note | what it means |\n|---|---|\n"
    texts = {name: EXPLANATIONS[name].replace("|", "\\|") for name in sorted(EXPLANATIONS)}
    return head + "".join(f"| `{name}` | {text} |\n" for name, text in texts.items())
