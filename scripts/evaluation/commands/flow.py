"""Flow A against the landmarks' spline, where a face mesh says what the true motion is.

    python scripts/evaluate.py flow DATAROOT --phase val --out results/flow

The photos of list PHASEA are held out. Their face meshes are turned to both sides; within the visible face
the end-point error of each flow is the distance from the mesh's own. The same for pairs of frames of the
clips of list PHASEPairs. Then line drawings of the photos are moved to the turned landmarks by each flow, and
the landmarks that are found in them are held against those asked for, less what is found at rest; the same by
the mesh's own motion of the visible face, hidden surfaces removed, which shows what the detector makes of a
face that is moved as well as can be.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from module1_audio2lmk.foundation.face.align import CROP_SIZE, MESH, AlignedFace
from module1_audio2lmk.foundation.face.geometry import MESH_TO_68
from module1_audio2lmk.foundation.face.landmark_detector import LandmarkDetector
from module1_audio2lmk.foundation.media import read_image, write_image
from module2_drawing.data.face_mesh import VISIBLE, backward_flow
from module2_drawing.data.mesh_flow_dataset import MeshFlowDataset, posed, read_mesh
from module2_drawing.geometry.lattice_motion import PhotoMotion
from module2_drawing.losses.flow import endpoint_error
from module2_drawing.rendering.flow import FlowRegressor
from module2_drawing.rendering.underlay import moved_drawing, with_mouth
from module2_drawing.util.images import to_image, to_tensor

from ..clips import SIZE
from ..methods import Settings, Studio
from ..provenance import describe_file
from ..tables import Figure, report_figures

HELP = "flow A against the landmarks' spline: true motion of face meshes, and drawings of turned heads"
TURNS = (5, 15, 25)  # degrees
LARGE = 25  # degrees from which a turn's drawings are looked at
OVER_REST = 1.5  # px
CLIP_PAIRS = 6  # of a clip
NAMES = {"flow A": "flow_a", "the spline": "spline"}  # of `Motion`
DEFAULT, MESHES = "the default", "the mesh, flow A around it"
INNER = slice(17, 68)  # landmarks without the contour of the face, which a turn hides a part of

Pair = tuple[np.ndarray, np.ndarray]  # source and target mesh, (468, 3) px of 256


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("dataroot", metavar="DATAROOT", help="name of the data, as for training: FOLDER/NAME, or NAME")
    add("--phase", default="val", help="the lists PHASEA and PHASEPairs (%(default)s)")
    add("--checkpoints_dir", default="checkpoints", help="where weights are looked for")
    add("--limit", type=float, default=float("inf"), help="photos at most")
    add("--out", type=Path, metavar="DIR", help="folder for results.json, table.md and the turned drawings")
    add("--seed", type=int, default=0, help="start of everything that is random")


def run(options: argparse.Namespace) -> None:
    flows = FlowRegressor(options.checkpoints_dir, torch.device("cpu"), own=True)
    given = {"dataroot": options.dataroot, "phase": options.phase, "seed": options.seed}
    wanted = {"max_dataset_size": options.limit, "netF": "correction", "clip_share": 0.0}
    data = MeshFlowDataset(argparse.Namespace(**given, **wanted))
    figures = [*errors(flows, data), *turned_drawings(flows, data, options)]
    weights = [describe_file(flows.weights)] if flows.weights else []
    settings = {"seed": options.seed, "weights": weights}
    report_figures([figure.as_dict() for figure in figures], options.out, settings)


def errors(flows: FlowRegressor, data: MeshFlowDataset) -> Iterator[Figure]:
    """End-point errors within the visible face, px of 256, of turned meshes and of frames of clips."""
    sets = {f"heads turned by {turn}°": list(turned(data, turn)) for turn in TURNS}
    if data.clips:
        sets["frames of clips"] = list(clip_pairs(data))
    for name, pairs in sets.items():
        measured = np.array([endpoint_errors(flows, *pair) for pair in pairs])
        network, spline = measured.mean(0).tolist()
        better = (measured[:, 0] < measured[:, 1]).mean()
        detail = f"{len(pairs)} pairs; {100 * better:.0f} % better than the spline"
        title = f"end-point error, {name}, px (goal: the spline's)"
        yield Figure(title, network, spline, "lower", detail)


def turned(data: MeshFlowDataset, degrees: float) -> Iterator[Pair]:
    """Every mesh, and the same turned to each side, nodded and tilted a little."""
    for index in range(len(data)):
        random, mesh = data.generator(index), data.mesh(index)
        for side in (-1, 1):
            nod, tilt = random.uniform(-1, 1, 2) * degrees / 4
            yield mesh, posed(mesh, np.array([nod, side * degrees, tilt]))


def clip_pairs(data: MeshFlowDataset) -> Iterator[Pair]:
    """Pairs of frames of every clip, far apart in time."""
    for number, clip in enumerate(data.clips):
        for first, second in data.generator(number).integers(len(clip), size=(CLIP_PAIRS, 2)):
            if first != second:
                unit = np.float32(SIZE / 512)
                yield read_mesh(Path(clip[first])) * unit, read_mesh(Path(clip[second])) * unit


def endpoint_errors(flows: FlowRegressor, source: np.ndarray, target: np.ndarray) -> list[float]:
    """Of flow A, and of the spline."""
    truth, visibility = backward_flow(source, target, SIZE)
    face = torch.from_numpy(visibility == VISIBLE)[None, None].float()
    motion = flows.motion(marks(source), marks(target), SIZE, with_spline=True)
    return [
        float(endpoint_error(getattr(motion, part), torch.from_numpy(truth)[None], face))
        for part in NAMES.values()
    ]


def turned_drawings(
    flows: FlowRegressor, data: MeshFlowDataset, options: argparse.Namespace
) -> Iterator[Figure]:
    """Landmark errors over the drawing at rest of heads that are turned by `LARGE` or more."""
    studio = Studio(Settings(checkpoints_dir=options.checkpoints_dir, device="cpu"))
    detector = LandmarkDetector()
    over: dict[str, list[np.ndarray]] = {name: [] for name in (*NAMES, DEFAULT, MESHES)}
    pairs = [pair for turn in TURNS if turn >= LARGE for pair in turned(data, turn)]
    for number, (source, target) in enumerate(pairs):
        path = data.photos[number // 2 % len(data)]
        landmarks = source[MESH_TO_68] * np.float32(CROP_SIZE / SIZE)
        drawing = to_tensor(studio.draw(AlignedFace(read_image(path), landmarks, MESH)))
        motion = flows.motion(marks(source), marks(target), SIZE, with_spline=True)
        moved = {name: getattr(motion, part) for name, part in NAMES.items()}
        moved[DEFAULT] = of_the_default(source, target)
        moved[MESHES] = of_the_mesh(source, target, motion.flow_a)
        pictures = [to_image(drawing, True)]
        rest = distances(detector, pictures[0], source)
        for name, by in moved.items():
            pictures.append(warped(drawing, source, target, by))
            over[name].append(distances(detector, pictures[-1], target) - rest)
        if options.out:
            write_image(options.out / "turned" / f"{path.stem}_{number % 2}.png", np.hstack(pictures))
    yield from landmark_figures({name: np.array(values) for name, values in over.items()})


def landmark_figures(over: dict[str, np.ndarray]) -> Iterator[Figure]:
    """Figures of what each flow's landmarks are off, (N, 68) px over the drawing at rest, NaN for no face."""
    found = {name: np.isfinite(values).all(1) for name, values in over.items()}
    both = np.all([found[name] for name in NAMES], 0)
    for name, values in over.items():
        turned_by = f"heads turned by {LARGE}° and more, {name}"
        held = both & found[name]
        detail = f"of {len(values)} drawings; where faces are found: {int(held.sum())}"
        for kind, points in (("", slice(None)), (" without the contour", INNER)):
            title = f"landmark error{kind} over a drawing at rest, {turned_by}, px"
            yield Figure(title, float(values[held][:, points].mean()), OVER_REST, "lower", detail)
        yield Figure(f"faces found, {turned_by}, %", 100 * float(found[name].mean()), 100, "higher")


def of_the_default(source: np.ndarray, target: np.ndarray) -> Tensor:
    """The flow (1, 2, 256, 256) px of the default renderer, which goes without any generator."""
    flow = PhotoMotion(source[MESH_TO_68, :2]).flow(target[MESH_TO_68, :2])
    return torch.from_numpy(flow).permute(2, 0, 1)[None]


def of_the_mesh(source: np.ndarray, target: np.ndarray, around: Tensor) -> Tensor:
    """The true flow (1, 2, 256, 256) px where a mesh shows what is visible in its source, else `around`."""
    truth, visibility = backward_flow(source, target, SIZE)
    return torch.where(torch.from_numpy(visibility == VISIBLE), torch.from_numpy(truth)[None], around)


def warped(drawing: Tensor, source: np.ndarray, target: np.ndarray, flow: Tensor) -> np.ndarray:
    """A drawing (1, 1, 256, 256) in the target pose, (256, 256, 3) uint8."""
    both = marks(source), marks(target)
    return to_image(with_mouth(moved_drawing(drawing, *both, flow, parts=True), *both), True)


def distances(detector: LandmarkDetector, picture: np.ndarray, mesh: np.ndarray) -> np.ndarray:
    """Of the landmarks found in a drawing (256, 256[, 3]) from the mesh's, (68,) px; NaN for no face."""
    asked = mesh[MESH_TO_68, :2]
    rgb = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, 2)
    return np.linalg.norm(detector.find(np.ascontiguousarray(rgb), asked) - asked, axis=1)


def marks(mesh: np.ndarray) -> Tensor:
    """Landmarks of a mesh, (1, 68, 2) px."""
    return torch.from_numpy(mesh[MESH_TO_68, :2].astype(np.float32))[None]
