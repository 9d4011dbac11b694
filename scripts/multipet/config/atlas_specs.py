"""The specs of the jobs that an atlas brings: its outlines, and the maps of each contrast."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multipet.files import sha256_of

Values = Mapping[str, Any]
MODEL = ("formula", "site", "scanner", "site_means", "residual", "regions", "harmonisation")


def atlas_files(values: Values) -> list[str]:
    """Paths of the atlas's image and table; none where the config has no atlas."""
    atlas = values["regions"]["atlas"]
    return [atlas["image"], atlas["table"]] if atlas else []


def atlas_name(values: Values) -> str:
    """What reports call the atlas."""
    atlas = values["regions"]["atlas"]
    return (atlas["label"] or f"the atlas {Path(atlas['image']).name}") if atlas else ""


def outline_spec(values: Values) -> dict[str, Any]:
    """Settings of the step outline_atlas."""
    atlas = values["regions"]["atlas"]
    return {
        "atlas": {key: atlas[key] for key in ("image", "table", "columns", "names")},
        "sha256": [sha256_of(path) for path in atlas_files(values)],
    }


def maps_spec(values: Values, contrast: str, title: str) -> dict[str, Any]:
    """Settings of the step write_maps for one contrast, ``title`` its title in reports."""
    study, inference = values["study"], values["inference"]
    model = values["contrasts"][contrast]["model"]
    outcome = study["outcome"]
    return {
        "id": contrast,
        "title": title,
        "atlas": outline_spec(values)["atlas"],
        "outcome": {
            "label": outcome["label"] or outcome["column"],
            "unit": outcome["unit"],
            "scale": outcome["scale"],
        },
        "model": {"id": model, **{key: values["models"][model][key] for key in MODEL}},
        "inference": {key: inference[key] for key in ("df", "adjust", "alpha")},
        "sources": [
            *({"File": Path(path).name, "SHA256": sha256_of(path)} for path in atlas_files(values)),
            {"File": "contrast.tsv"},
        ],
    }
