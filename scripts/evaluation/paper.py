"""Figures of the paper: Yi et al., "Animating Portrait Line Drawings from a Single Face Photo and a Speech
Signal", SIGGRAPH 2022. Measured on other data: 118 clips of VoxCeleb2, with the authors' own weights."""

from typing import NamedTuple


class Table1(NamedTuple):
    """One row of Table 1: FID ↓, inter-frame SSIM ↑, lip landmark distance ↓."""

    label: str
    fid: float
    ssim: float
    lmd: float


#: By the method of this project that stands for the row; None where there is none.
TABLE_1: list[tuple[str | None, Table1]] = [
    (None, Table1("ATVG+UPD", 162.1, 0.923, 2.74)),
    (None, Table1("SDA+UPD", 185.2, 0.913, 2.76)),
    ("makeittalk_upd", Table1("MakeItTalk+UPD", 143.0, 0.951, 2.64)),
    ("upd_warp", Table1("UPD+Warp", 151.9, 0.975, 2.64)),
    ("ours", Table1("Ours", 135.2, 0.974, 2.64)),
]
DATA = "118 VoxCeleb2 clips, the authors' weights"
COLUMNS = ("FID", "SSIM", "LMD")
#: Metrics that stand in the columns of Table 1; of the first column those that were measured.
MEASURED_COLUMNS = (("fid", "frechet_filterbank"), ("inter_frame_ssim",), ("lmd",))
