"""Which weight files are there, and do they fit?

python scripts/checkpoints.py status [--checkpoints_dir DIR]   each known file, and what is used instead
python scripts/checkpoints.py verify DIR                       each file against its network, every tensor
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from torch import Tensor, nn

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from module1_audio2lmk.foundation.checkpoints import (  # noqa: E402
    KNOWN,
    Found,
    KnownFile,
    build,
    faults_of,
    find,
    load_state,
    used_by,
)
from module1_audio2lmk.foundation.data_files import read_json  # noqa: E402
from module1_audio2lmk.foundation.errors import InputError, run_cli  # noqa: E402

#: Known, but of a network whose layout is not known here.
STYLES = tuple(key.removeprefix("generator_") for key in KNOWN if key.startswith("generator_"))
State = Mapping[str, Tensor]


def main() -> int:
    """Run the command; 1 where a file fails, else 0."""
    parser = argparse.ArgumentParser(description="Which weight files are there, and do they fit?")
    commands = parser.add_subparsers(dest="command", required=True)
    status_parser = commands.add_parser(
        "status", help="each known file: present, loadable, what is used instead"
    )
    status_parser.add_argument("--checkpoints_dir", default="checkpoints", help="default: checkpoints")
    verify_parser = commands.add_parser("verify", help="load each file of a folder into its network")
    verify_parser.add_argument("folder", type=Path, metavar="DIR")
    options = parser.parse_args()
    return status(options.checkpoints_dir) if options.command == "status" else verify(options.folder)


def status(checkpoints_dir: str) -> int:
    """One line for each known file; 1 where one that would be used cannot be loaded."""
    failed = False
    for key, known in KNOWN.items():
        found = find(key, checkpoints_dir)
        if found is None:
            print(f"{known.published}: not present; instead: {known.instead or 'nothing'}")
        else:
            faults = faults_of_file(key, found)
            failed |= bool(faults)
            presence = "present" if found.origin == "published" else f"not present; instead: {found.path}"
            print(f"{known.published}: {presence}, {'NOT LOADABLE: ' + faults[0] if faults else 'loadable'}")
    return int(failed)


def verify(folder: Path) -> int:
    """Load every known file of a folder, name each tensor that does not fit; 1 where a file fails."""
    if not folder.is_dir():
        raise InputError(f"no folder {folder}; name one with checkpoints")
    failed = checked = 0
    for key, found in files_of(folder):
        name = found.path.relative_to(folder)
        checked += 1
        faults = faults_of_file(key, found)
        failed += bool(faults)
        print(f"{name}: {'FAILED' if faults else 'ok'}")
        for fault in faults:
            print(f"    {fault}")
    if not checked:
        raise InputError(f"{folder} holds no file of a known name; checkpoints/README.md lists them")
    print(f"{checked} files, {failed} failed")
    return int(failed > 0)


def files_of(folder: Path) -> Iterator[tuple[str, Found]]:
    """(key, file) of every known file below a folder, and of generators of other experiments and epochs."""
    seen = set()
    for key, known in KNOWN.items():
        for path in (found.path for found in places_of(key, known, folder)):
            seen.add(path)
            yield key, Found(path, "user", known)
    for path in sorted(folder.rglob("*_net_G_A.pth")):
        if path not in seen:
            style = next((style for style in STYLES if style in str(path.relative_to(folder))), "drawing")
            yield f"generator_{style}", Found(path, "user", KNOWN[f"generator_{style}"])


def places_of(key: str, known: KnownFile, folder: Path) -> Iterator[Found]:
    """The published file of a key below a folder, and the own default there."""
    found = find(key, folder)
    if found is not None and found.origin == "published":
        yield found
    if known.default and (path := folder / known.default).is_file():
        yield Found(path, "default", known)


def faults_of_file(key: str, found: Found) -> list[str]:
    """Why a file cannot be used: [] where each of its tensors fits."""
    try:
        state = load_state(found.path, found.known.inside)
        network = own(found) or NETWORKS[key](state, found)
    except InputError as error:
        return [str(error)]
    return faults_of(network, used_by(network, state, found.known.ignore))


def own(found: Found) -> nn.Module | None:
    """The network that own weights of module 1 describe themselves; None for other files."""
    from module1_audio2lmk.networks.own_weights import build_own, is_own

    return build_own(found.path) if is_own(found.path) else None


def autovc(state: State, found: Found) -> nn.Module:
    from module1_audio2lmk.networks.autovc import AutoVC

    return AutoVC()


def content_branch(state: State, found: Found) -> nn.Module:
    from module1_audio2lmk.networks.content_branch import ContentBranch

    return ContentBranch()


def speaker_branch(state: State, found: Found) -> nn.Module:
    from module1_audio2lmk.networks.speaker_branch import SpeakerBranch

    return SpeakerBranch()


def speaker_encoder(state: State, found: Found) -> nn.Module:
    from module1_audio2lmk.networks.speaker_encoder import SpeakerEncoder

    return SpeakerEncoder()


def pose_generator(state: State, found: Found) -> nn.Module:
    from module1_audio2lmk.networks.pose_generator import PoseGenerator

    return PoseGenerator()


def generator(state: State, found: Found) -> nn.Module:
    """The generator of the width and depth that its file shows, else the published one."""
    from module2_drawing.networks import WarpGenerator
    from module2_drawing.rendering.backends import generator_class, generator_shape

    try:
        return generator_class(dict(state))(**generator_shape(dict(state)))
    except (KeyError, ValueError, IndexError, RuntimeError):
        return WarpGenerator(output_nc=1 if found.known is KNOWN["generator_drawing"] else 3)


def flow_regression(state: State, found: Found) -> nn.Module:
    from module2_drawing.networks import FlowRegressionUNet

    options = read_json(found.path.with_name(found.known.companion or "train_opt.json"), "options file")
    return FlowRegressionUNet.from_options(options)


def network(name: str) -> Callable[[State, Found], nn.Module]:
    """A network of module 2, with the arguments that its file tells, if any."""

    def build_network(state: State, found: Found) -> nn.Module:
        from module2_drawing import networks

        return build(getattr(networks, name), found.path)

    return build_network


def static_cartoon(state: State, found: Found) -> nn.Module:
    from module2_drawing.networks.photo2cartoon import Photo2CartoonGenerator

    return Photo2CartoonGenerator()


NETWORKS: dict[str, Callable[[State, Found], nn.Module]] = {
    "autovc": autovc,
    "content_branch": content_branch,
    "speaker_branch": speaker_branch,
    "speaker_encoder": speaker_encoder,
    "pose_generator": pose_generator,
    **{f"generator_{style}": generator for style in STYLES},
    "flow_regression": flow_regression,
    "modnet": network("MODNet"),
    "static_drawing": network("StaticDrawingGenerator"),
    "static_cartoon": static_cartoon,
    "mobilefacenet": network("MobileFaceNet"),
    "sphereface": network("SphereFace20"),
}


if __name__ == "__main__":
    run_cli(main)
