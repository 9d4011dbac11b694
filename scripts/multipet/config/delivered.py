"""What a study is delivered as: tables of sites and of people, covariates, regions, an atlas."""

from collections.abc import Mapping
from typing import Literal

from multipet.config.part import Part

Number = int | float


class MeasuredVariable(Part):
    """A covariate without its labels.

    Attributes
    ----------
    kind
        ``number`` or ``level``.
    unit
        Unit of a number, e.g. ``years``; may be empty.
    minimum, maximum
        Range of numbers that can be right.
    levels
        Levels in order, the first the reference.
    """

    kind: Literal["number", "level"]
    unit: str
    minimum: Number | None = None
    maximum: Number | None = None
    levels: tuple[str, ...] | None = None


class DrawnVariable(MeasuredVariable, kw_only=True):
    """A covariate with the labels of its levels: level -> what figures show."""

    labels: Mapping[str, str]


class Variable(DrawnVariable, kw_only=True):
    """A covariate as configured, with the label that reports call it by; may be empty."""

    label: str


class DeliveredTable(Part):
    """A table as somebody delivers it.

    Attributes
    ----------
    path
        As seen from the working directory.
    sheet
        Sheet of an Excel file; empty for the first.
    decimal
        Decimal sign of numbers written as text.
    columns
        Our name -> the file's header.
    values
        Variable -> text as delivered -> level.
    select
        File header -> texts of the rows that are read.
    missing
        Texts that mean a missing value.
    """

    path: str
    sheet: str
    decimal: Literal["auto", "point", "comma"]
    columns: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]
    select: Mapping[str, tuple[str, ...]]
    missing: tuple[str, ...]


class Participants(DeliveredTable):
    """The table of people, joined to the scans."""


class RegionNames(Part):
    """Which columns (wide) or names (long) of a site's table are regions.

    Attributes
    ----------
    prefix, suffix
        Stripped from every name.
    names
        As delivered, after stripping -> our region.
    ignore
        Regions not to read.
    """

    prefix: str
    suffix: str
    names: Mapping[str, str]
    ignore: tuple[str, ...]


class VolumeColumns(Part):
    """Which columns of a wide table are volumes: the ends of their headers."""

    prefix: str
    suffix: str


class SiteSettings(DeliveredTable):
    """How a site's table is read.

    Attributes
    ----------
    format
        Name of its reader.
    constants
        Our name -> the text that holds for every row.
    regions, volumes
        Which columns hold values, and which volumes.
    """

    format: str
    constants: Mapping[str, str]
    regions: RegionNames
    volumes: VolumeColumns


class Site(SiteSettings):
    """A site as configured, with its label; empty for its id."""

    label: str


class Combination(Part):
    """A region made of others: their mean, plain or weighted by volume."""

    parts: tuple[str, ...]
    weights: Literal["none", "volume"]


class AtlasFiles(Part):
    """A label image with its table.

    Attributes
    ----------
    image, table
        Paths as seen from the working directory.
    columns
        Our name -> the table's header.
    names
        Name of a label in the table -> our region.
    """

    image: str
    table: str
    columns: Mapping[str, str]
    names: Mapping[str, str]


class Atlas(AtlasFiles):
    """An atlas as configured: what it lacks, and what reports call it.

    Attributes
    ----------
    absent
        Our regions that it has no label of.
    label
        Empty for its file's name.
    """

    absent: tuple[str, ...]
    label: str


class RegionChoice(Part):
    """Regions that are analysed, in order (all where empty), and those made of others."""

    keep: tuple[str, ...]
    combine: Mapping[str, Combination]


class Regions(RegionChoice):
    """Regions as configured, with region -> label and the atlas, if any."""

    labels: Mapping[str, str]
    atlas: Atlas | None
