"""The papers that a methods text cites, in prose and as BibTeX."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """A paper.

    Attributes
    ----------
    cited
        How the text names it: ``Bates et al., 2015``.
    authors
        ``Bates D``, …; a list that goes on ends with ``et al.``.
    title, journal, place
        ``place`` is volume, number and pages as a reference list has them.
    doi
        Without its address.
    """

    cited: str
    authors: tuple[str, ...]
    title: str
    journal: str
    place: str
    doi: str

    @property
    def year(self) -> str:
        """Year of publication."""
        return self.cited.rpartition(", ")[2]

    @property
    def text(self) -> str:
        """The line of a reference list."""
        return (
            f"{', '.join(self.authors)} ({self.year}). {self.title}. {self.journal} {self.place}."
        )

    @property
    def bibtex(self) -> str:
        """The entry of a BibTeX file."""
        surname, _, _ = self.authors[0].rpartition(" ")
        named = ["others" if name == "et al." else _in_bibtex(name) for name in self.authors]
        volume, _, pages = self.place.partition(", ")
        number = (
            f"  number = {{{volume.partition('(')[2].rstrip(')')}}},\n" if "(" in volume else ""
        )
        paged = f"  pages = {{{pages.replace('–', '--')}}},\n" if pages else ""
        return (
            f"@article{{{surname.split()[-1].lower()}{self.year},\n"
            f"  author = {{{' and '.join(named)}}},\n"
            f"  title = {{{{{self.title}}}}},\n"
            f"  journal = {{{self.journal.replace('&', chr(92) + '&')}}},\n"
            f"  volume = {{{volume.partition('(')[0]}}},\n"
            f"{number}{paged}"
            f"  year = {{{self.year}}},\n"
            f"  doi = {{{self.doi}}},\n"
            "}\n"
        )


def _in_bibtex(name: str) -> str:
    surname, _, initials = name.rpartition(" ")
    return f"{surname}, {'. '.join(initials)}."


BATES = Reference(
    "Bates et al., 2015",
    ("Bates D", "Mächler M", "Bolker B", "Walker S"),
    "Fitting linear mixed-effects models using lme4",
    "Journal of Statistical Software",
    "67(1)",
    "10.18637/jss.v067.i01",
)
MUNDLAK = Reference(
    "Mundlak, 1978",
    ("Mundlak Y",),
    "On the pooling of time series and cross section data",
    "Econometrica",
    "46(1), 69–85",
    "10.2307/1913646",
)
KUZNETSOVA = Reference(
    "Kuznetsova et al., 2017",
    ("Kuznetsova A", "Brockhoff PB", "Christensen RHB"),
    "lmerTest package: tests in linear mixed effects models",
    "Journal of Statistical Software",
    "82(13)",
    "10.18637/jss.v082.i13",
)
KENWARD = Reference(
    "Kenward & Roger, 1997",
    ("Kenward MG", "Roger JH"),
    "Small sample inference for fixed effects from restricted maximum likelihood",
    "Biometrics",
    "53(3), 983–997",
    "10.2307/2533558",
)
BENJAMINI = Reference(
    "Benjamini & Hochberg, 1995",
    ("Benjamini Y", "Hochberg Y"),
    "Controlling the false discovery rate: a practical and powerful approach to multiple testing",
    "Journal of the Royal Statistical Society B",
    "57(1), 289–300",
    "10.1111/j.2517-6161.1995.tb02031.x",
)
JOHNSON = Reference(
    "Johnson et al., 2007",
    ("Johnson WE", "Li C", "Rabinovic A"),
    "Adjusting batch effects in microarray expression data using empirical Bayes methods",
    "Biostatistics",
    "8(1), 118–127",
    "10.1093/biostatistics/kxj037",
)
BEER = Reference(
    "Beer et al., 2020",
    ("Beer JC", "et al."),
    "Longitudinal ComBat: a method for harmonizing longitudinal multi-scanner imaging data",
    "NeuroImage",
    "220, 117129",
    "10.1016/j.neuroimage.2020.117129",
)
CHEN = Reference(
    "Chen et al., 2022",
    ("Chen AA", "et al."),
    "Mitigating site effects in covariance for machine learning in neuroimaging data",
    "Human Brain Mapping",
    "43(4), 1179–1195",
    "10.1002/hbm.25688",
)
POMPONIO = Reference(
    "Pomponio et al., 2020",
    ("Pomponio R", "et al."),
    "Harmonization of large MRI datasets for the analysis of brain imaging patterns throughout the "
    "lifespan",
    "NeuroImage",
    "208, 116450",
    "10.1016/j.neuroimage.2019.116450",
)
FREEDMAN = Reference(
    "Freedman & Lane, 1983",
    ("Freedman D", "Lane D"),
    "A nonstochastic interpretation of reported significance levels",
    "Journal of Business & Economic Statistics",
    "1(4), 292–298",
    "10.1080/07350015.1983.10509354",
)
WINKLER = Reference(
    "Winkler et al., 2014",
    ("Winkler AM", "Ridgway GR", "Webster MA", "Smith SM", "Nichols TE"),
    "Permutation inference for the general linear model",
    "NeuroImage",
    "92, 381–397",
    "10.1016/j.neuroimage.2014.01.060",
)
FORTIN = Reference(
    "Fortin et al., 2018",
    ("Fortin J-P", "et al."),
    "Harmonization of cortical thickness measurements across scanners and sites",
    "NeuroImage",
    "167, 104–120",
    "10.1016/j.neuroimage.2017.11.024",
)
