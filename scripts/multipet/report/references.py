"""The papers that a methods text cites."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """A paper of the methods text; ``cited`` is how the text names it."""

    cited: str
    text: str
    doi: str


BATES = Reference(
    "Bates et al., 2015",
    "Bates D, Mächler M, Bolker B, Walker S (2015). Fitting linear mixed-effects models using "
    "lme4. Journal of Statistical Software 67(1).",
    "10.18637/jss.v067.i01",
)
MUNDLAK = Reference(
    "Mundlak, 1978",
    "Mundlak Y (1978). On the pooling of time series and cross section data. Econometrica 46(1), "
    "69–85.",
    "10.2307/1913646",
)
KUZNETSOVA = Reference(
    "Kuznetsova et al., 2017",
    "Kuznetsova A, Brockhoff PB, Christensen RHB (2017). lmerTest package: tests in linear mixed "
    "effects models. Journal of Statistical Software 82(13).",
    "10.18637/jss.v082.i13",
)
KENWARD = Reference(
    "Kenward & Roger, 1997",
    "Kenward MG, Roger JH (1997). Small sample inference for fixed effects from restricted "
    "maximum likelihood. Biometrics 53(3), 983–997.",
    "10.2307/2533558",
)
BENJAMINI = Reference(
    "Benjamini & Hochberg, 1995",
    "Benjamini Y, Hochberg Y (1995). Controlling the false discovery rate: a practical and "
    "powerful approach to multiple testing. Journal of the Royal Statistical Society B 57(1), "
    "289–300.",
    "10.1111/j.2517-6161.1995.tb02031.x",
)
JOHNSON = Reference(
    "Johnson et al., 2007",
    "Johnson WE, Li C, Rabinovic A (2007). Adjusting batch effects in microarray expression data "
    "using empirical Bayes methods. Biostatistics 8(1), 118–127.",
    "10.1093/biostatistics/kxj037",
)
FORTIN = Reference(
    "Fortin et al., 2018",
    "Fortin J-P, et al. (2018). Harmonization of cortical thickness measurements across scanners "
    "and sites. NeuroImage 167, 104–120.",
    "10.1016/j.neuroimage.2017.11.024",
)
