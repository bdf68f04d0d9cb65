"""Known weight files, published and own, and where they are found."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files import input_file

_HERE = Path(__file__).resolve().parent
#: The weights trained here: in this package once installed (see setup.py), checkpoints/ in a clone.
SHIPPED = next(path for path in (_HERE / "shipped", _HERE.parents[2] / "checkpoints") if path.is_dir())
# The published archives unpack into one folder a module; users merge them, or not.
_PLACES = ("", "Module1/checkpoints", "Module2/checkpoints", "Module1", "Module2", "checkpoints")
#: Argument of a generator → option of the training run that made it.
_GENERATOR = {
    "input_nc": "input_nc",
    "output_nc": "output_nc",
    "ngf": "ngf",
    "div": "netg_resb_div",
    "disp": "netg_resb_disp",
}
_FLOW = {name: name for name in ("nf", "max_nf", "start_scale", "num_scale", "norm")}


@dataclass(frozen=True)
class KnownFile:
    """One weight file that the project knows.

    published: path below the checkpoints folder. network: the class that a file without metadata holds, built
    with `arguments`, or, where a training run's options lie beside it, with those `options`: argument → name
    of the option. named_by: the option that says which network it is, where there is a choice. companion:
    options that have to lie beside the published file. run: what files of training runs are named by:
    EPOCH_net_RUN.pth. inside: name of the state dict within the file, if nested. default: path of own weights
    below the same folder or the shipped one, "" for that named as the key. instead: what does the work when
    neither is there. ignore: prefixes of tensors to leave out.
    """

    published: str
    network: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    named_by: str | None = None
    companion: str | None = None
    run: str | None = None
    inside: str | None = None
    default: str = ""
    instead: str = ""
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """A weight file on disk; origin: "published", "default" (shipped) or "user" (named by the user)."""

    path: Path
    origin: str
    known: KnownFile

    @property
    def own(self) -> bool:
        """Whether it is of the form that is written here, which says itself what it holds."""
        return self.path.suffix == ".safetensors"


def _generator(style: str, output_nc: int, instead: str = "") -> KnownFile:
    return KnownFile(
        f"formal/{style}/70_net_G_A.pth",
        "WarpGenerator",
        {"output_nc": output_nc},
        _GENERATOR,
        "netG",
        run="G_A",
        default=f"default/generator_{style}.safetensors",
        instead=instead,
    )


_FILES: dict[str, KnownFile] = {
    "autovc": KnownFile("ckpt_autovc.pth", "AutoVC", inside="model", instead="the mel of the voice itself"),
    "content_branch": KnownFile("ckpt_content_branch.pth", "ContentBranch", inside="model_g_face_id"),
    "content_branch_mel": KnownFile("content_branch_mel.safetensors", "StreamingContentBranch"),
    "speech_encoder": KnownFile(
        "speech_encoder.safetensors", "SpeechEncoder", instead="the mel (--front_end mel)"
    ),
    "speaker_branch": KnownFile(
        "ckpt_speaker_branch.pth",
        "SpeakerBranch",
        inside="G",
        instead="the pose generator moves the head",
        ignore=("comb_mlp.",),
    ),
    "speaker_encoder": KnownFile(
        "pretrained.pt", "SpeakerEncoder", inside="model_state", instead="one neutral speaker"
    ),
    # there is no published one: a user may put one of this name beside the published files
    "pose_generator": KnownFile("pose_generator.safetensors", "PoseGenerator", instead="a still head"),
    "generator_drawing": _generator("drawing", 1),
    "generator_cartoon": _generator("cartoon", 3, "the moved static cartoon"),
    "generator_oil": _generator("oil", 3, "the moved static oil painting"),
    "generator_watercolour": _generator("watercolour", 3, "the moved static watercolour"),
    # the system of the paper on own weights; other styles have those that paint over
    "paper_drawing": KnownFile("paper_drawing.safetensors", "WarpGenerator", instead="no --generator paper"),
    "flow_regression": KnownFile(
        "FlowReg_id_flow_faces/best_net_netF.pth",
        "FlowRegressionUNet",
        options=_FLOW,
        named_by="netF",
        companion="train_opt.json",
        run="netF",
        instead="the landmark spline as flow",
    ),
    "modnet": KnownFile(
        "modnet_photographic_portrait_matting.ckpt",
        "MODNet",
        run="P",
        instead="the selfie segmentation of MediaPipe",
    ),
    "static_drawing": KnownFile(
        "static/drawing.pth",
        "StaticDrawingGenerator",
        options={name: name for name in ("input_nc", "output_nc", "ngf")},
        run="G",
        instead="the procedural line drawing",
    ),
    "static_cartoon": KnownFile(
        "static/cartoon.pt", "Photo2CartoonGenerator", inside="genA2B", instead="the procedural cartoon"
    ),
    "mobilefacenet": KnownFile(
        "mobilefacenet_model_best.pth.tar",
        "MobileFaceNet",
        options={"width": "width"},
        run="M",
        inside="state_dict",
        default="default/landmark_net.safetensors",
        instead="no geometry loss in training",
    ),
    "face_check": KnownFile("face_check.safetensors", "FaceCheck", instead="that of the package"),
    "sphereface": KnownFile(
        "sphere20a_20171020.pth",
        "SphereFace20",
        options={"widths": "widths", "outputs": "features"},
        run="S",
        default="default/face_recognition.safetensors",
        instead="no identity loss in training",
    ),
    # of an npm package, see checkpoints/default/face_recognition.md
    "face_recognition": KnownFile(
        "face_recognition.safetensors", "MobileFace", instead="no identity in the evaluation"
    ),
}
KNOWN = {
    key: replace(file, default=file.default or f"default/{key}.safetensors") for key, file in _FILES.items()
}


def known_file(key: str) -> KnownFile:
    """KNOWN[key]; for "generator_STYLE" of a style that was added, a file that is named as the others'."""
    kind, _, style = key.partition("_")
    if key in KNOWN or kind != "generator":
        return KNOWN[key]
    return _generator(style, 3, f"the moved static {style}")


def known_run(path: str | os.PathLike[str]) -> KnownFile:
    """What a file EPOCH_net_NAME.pth of a training run holds, or a published one under its own name. Raises
    InputError for other names."""
    name = re.fullmatch(r".+_net_(.+)\.pth", Path(path).name)
    for known in KNOWN.values():
        if name and known.run == name[1]:
            return replace(known, inside=None)
        if Path(known.published).name == Path(path).name:
            return known
    runs = ", ".join(sorted({f"*_net_{known.run}.pth" for known in KNOWN.values() if known.run}))
    raise InputError(f"{path} is not named as a network of a training run; give one of {runs}")


def find(
    key: str,
    checkpoints_dir: str | os.PathLike[str] = "checkpoints",
    override: str | os.PathLike[str] | None = None,
    own: bool = False,
) -> Found | None:
    """Where the weights of a key are: the override, else a published file, else own defaults, else None.

    `own` leaves published files out: those of networks that hear what another own network says mean nothing
    to it. Own defaults are looked for in `checkpoints_dir`, then among those shipped. Raises InputError where
    the override or a folder other than the standard one does not exist.
    """
    known = known_file(key)
    if override is not None:
        return Found(input_file(override, "checkpoint"), "user", known)
    folder = Path(checkpoints_dir)
    if not folder.is_dir() and str(checkpoints_dir) != "checkpoints":
        raise InputError(f"no checkpoints folder {folder}; check --checkpoints_dir")
    for place in () if own else _PLACES:
        if (path := folder / place / known.published).is_file():
            return Found(path, "published", known)
    for root in (folder, SHIPPED):
        if (path := root / known.default).is_file():
            return Found(path, "default", known)
    return None
