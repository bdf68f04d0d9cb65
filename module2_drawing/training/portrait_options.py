"""Options of the portrait model beside those of its losses, with the published names and defaults."""

from ..options.flags import Flag
from ..rendering.settings import VACATED
from ..styles import renderer_name

OWN_FLOW = Flag("own_flow", False, "flow A by own weights, as --generator paper has it")
PORTRAIT = (
    Flag("style", "line_drawing", "of the drawings: folders, and the renderer", kind=renderer_name),
    Flag("netg_resb_div", 3, "every so many residual blocks take landmarks"),
    Flag("netg_resb_disp", 1, "shifts which of them do"),
    Flag("blendbg", 0, "1: the static drawing is the background", (0, 1)),
    Flag("separate", 1, "0: the whole picture is drawn, no matte", (0, 1)),
    Flag("matte_margin", 0, "px by which the matte is widened"),
    Flag("soft_edge", 0.0, "σ px of the blur of the matte in blending"),
    Flag("vacated", "static", "background where the person was", VACATED),
    OWN_FLOW,
)
TARGETS = (
    Flag("max_offset", 3.0, "px between the two poses"),
    Flag("select_target12_thre", 0.2, "share of poses from drawn clips"),
    Flag("select_noniden_thre", 0.9, "up to this share: another drawing's pose"),
    Flag("clip_poses", 0.0, "share of own poses with expressions of talking clips"),
    Flag("rx", 0.15, "left of the face window, fraction of the frame"),
    Flag("ry", 0.2, "top of the face window"),
    Flag("rs", 0.7, "side of the face window"),
)
