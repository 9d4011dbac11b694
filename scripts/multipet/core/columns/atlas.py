"""Columns of the tables of an atlas."""

from multipet.core.columns import Column

REGION = Column("region", "brain region", kind="text")
LABEL = Column("label", "label in the atlas's image", "1")

LABELS = (
    REGION,
    LABEL,
    Column("name", "name of the label in the atlas", kind="text"),
    Column("hemisphere", "hemisphere, as the atlas's table writes it", kind="text"),
    Column("x", "centre of gravity of the label, to the right", "mm"),
    Column("y", "centre of gravity of the label, to the front", "mm"),
    Column("z", "centre of gravity of the label, upwards", "mm"),
    Column("volume", "volume of the label", "mm3"),
    Column("shown", "1 where a slice of the brain map cuts the label, else 0", "1"),
)

OUTLINES = (
    Column("view", "axial, coronal or sagittal", kind="text"),
    Column("coordinate", "place of the slice: z, y or x of its middle", "mm"),
    Column("region", "brain region; empty for the brain as a whole", kind="text"),
    Column("label", "label in the atlas's image; 0 for the brain as a whole", "1"),
    Column("ring", "ring of the outline, from 1; holes run clockwise", "1"),
    Column("across", "point of the ring: x, or y in a sagittal slice", "mm"),
    Column("up", "point of the ring: z, or y in an axial slice", "mm"),
)

BRAIN_MAP = (
    REGION,
    Column("comparison", "what is compared, in words", kind="text"),
    *LABELS[1:7],
    Column("effect", "effect as shown: percent on a log scale, else the outcome's unit"),
    Column("p_adjusted", "p adjusted over the rows of the contrast", "1"),
    Column("detected", "1 where the p that decides is below alpha, else 0", "1"),
    LABELS[-1],
    Column("status", "ok, or why there is no number", kind="text"),
)
