"""Is the atlas of a config whole, and has every region of the study a place in it?"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from multipet.atlas.label_table import LabelTable, read_labels
from multipet.atlas.nifti_header import NiftiError, check_label_image
from multipet.config.checks.sites_and_variables import no_file
from multipet.config.config_file import ConfigFile, Key
from multipet.config.delivered import Atlas
from multipet.config.part import typed
from multipet.core.problems import Problem, UserError, did_you_mean, listed

ATLAS: Key = ("regions", "atlas")


def atlas_problems(config: ConfigFile, regions: Sequence[str]) -> list[Problem]:
    """Everything wrong with the atlas; nothing where the config has none.

    Parameters
    ----------
    config
        Checked, with its defaults.
    regions
        Those that the study analyses.
    """
    atlas = config.values["regions"]["atlas"]
    if not atlas:
        return []
    keys = [(*ATLAS, part) for part in ("image", "table")]
    gone = [key for key in keys if not Path(atlas[key[-1]]).is_file()]
    if gone:
        return [no_file(config, key, Path(atlas[key[-1]])) for key in gone]
    problems = list(_image(config))
    try:
        labels = read_labels(typed(Atlas, atlas))
    except UserError as error:
        return [*problems, *error.problems]
    problems += [*_names(config, labels), *_absent(config, labels, regions)]
    return [*problems, *_unplaced(config, labels, regions)]


def _image(config: ConfigFile) -> Iterator[Problem]:
    path = Path(config.values["regions"]["atlas"]["image"])
    try:
        check_label_image(path)
    except NiftiError as error:
        hint = "give a label image as .nii or .nii.gz"
        yield config.problem((*ATLAS, "image"), f"{path.name} {error}", hint)
        return
    from multipet.atlas.label_image import label_image, load_image  # with nibabel

    try:
        label_image(load_image(path))
    except UserError as error:
        for problem in error.problems:
            message = f"{problem.where} {problem.message}"
            yield config.problem((*ATLAS, "image"), message, problem.hint)


def _names(config: ConfigFile, labels: LabelTable) -> Iterator[Problem]:
    known = [label.name for label in labels.labels]
    for name in config.values["regions"]["atlas"]["names"]:
        if name not in known:
            message = "is no label of the atlas's table"
            yield config.problem((*ATLAS, "names", name), message, did_you_mean(name, known))


def _absent(config: ConfigFile, labels: LabelTable, regions: Sequence[str]) -> Iterator[Problem]:
    """Regions declared to have no label that are none of the study's, or have one."""
    for region in config.values["regions"]["atlas"]["absent"]:
        key = (*ATLAS, "absent")
        if region not in regions:
            yield config.problem(
                key, f'there is no region "{region}"', did_you_mean(region, regions)
            )
        elif region in labels.regions:
            yield config.problem(key, f'the atlas has a label of "{region}"')


def _unplaced(config: ConfigFile, labels: LabelTable, regions: Sequence[str]) -> Iterator[Problem]:
    absent = config.values["regions"]["atlas"]["absent"]
    unplaced = [r for r in regions if r not in labels.regions and r not in absent]
    if not unplaced:
        return
    table = Path(config.values["regions"]["atlas"]["table"]).name
    names = [label.name for label in labels.labels]
    message = f"no label of {table} is {listed(unplaced)}"
    hint = f'say under names which labels it is, as "its label": {unplaced[0]}, or put it in absent'
    if (near := did_you_mean(unplaced[0], names)).startswith("did"):
        hint = f"{near} then {hint}"
    yield config.problem(ATLAS, message, hint)
