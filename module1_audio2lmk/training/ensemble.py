"""Content weights that were trained apart → one network: members side by side, their shapes averaged.

    python -m module1_audio2lmk.training.ensemble FIRST.safetensors SECOND.safetensors
        --out JOINED.safetensors [--closure CLOSURE.safetensors] [--gain 1] [--closing 0] [--touch 0.5 0.9]

Networks that learnt from different data err differently, and their mean errs less. The face space is that of
the first file, and so is the closure stack, unless another file gives it; gain, closing and touch are
described in `motion.content.ContentModel`.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..foundation.checkpoints import build, describe, read_metadata, save_network
from ..foundation.errors import InputError, run_cli, say
from ..networks.streaming_content_branch import StreamingContentBranch


def join(
    networks: list[StreamingContentBranch],
    arguments: dict[str, Any],
    closure: StreamingContentBranch | None = None,
) -> tuple[StreamingContentBranch, dict[str, Any]]:
    """All members of the networks in one.

    Args:
        networks: of equal width and shape size. arguments: that build the first. closure: the network whose
            closure stack is taken, by default the first.

    Returns:
        The network and the arguments that build it.

    Raises:
        InputError: members of different form.
    """
    first = networks[0]
    members = [(network, member) for network in networks for member in network.members]
    closures = (closure or first).closure
    sizes = {"closure_channels": closures[0].out_channels, "closure_size": closures[-1].out_channels}
    arguments = arguments | sizes | {"members": len(members)}
    joined = StreamingContentBranch(**arguments)
    joined.closure.load_state_dict(closures.state_dict())
    joined.basis.copy_(first.basis)
    for target, (network, member) in zip(joined.members, members, strict=True):
        try:
            target.load_state_dict(member.state_dict())
        except RuntimeError:
            raise InputError(
                "the members differ in width or shape size; train them with equal ones"
            ) from None
        change = _change_of_space(network.basis, first.basis)
        last = target[-1]
        last.weight.data = torch.einsum("ok,oci->kci", change, last.weight.data)
        last.bias.data = last.bias.data @ change
    return joined, arguments


def _change_of_space(old: torch.Tensor, new: torch.Tensor) -> torch.Tensor:
    """(K, K) that brings shapes of one face space to the other, least squares."""
    solved = np.linalg.lstsq(new.double().numpy().T, old.double().numpy().T, rcond=None)[0]
    return torch.from_numpy(solved.T).float()


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line; SystemExit with a usage message where it does not parse."""
    parser = argparse.ArgumentParser(
        prog="python -m module1_audio2lmk.training.ensemble",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="own content weights")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    parser.add_argument("--closure", type=Path, metavar="FILE", help="weights whose closure stack is taken")
    parser.add_argument("--gain", type=float, default=1.0)
    parser.add_argument("--closing", type=float, default=0.0, help="normalised units, after the gain")
    parser.add_argument(
        "--touch",
        type=float,
        nargs=2,
        default=(0.5, 0.9),
        metavar="P",
        help="probabilities between which lips close",
    )
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Join the files that the command line names; 0 at the end.

    Raises:
        InputError: a file that is no content weights, or members of different form.
    """
    options = parse_arguments(arguments)
    networks = [build(file, StreamingContentBranch) for file in options.files]
    metadata = read_metadata(options.files[0])
    built = describe(options.files[0])[1]
    closure = build(options.closure, StreamingContentBranch) if options.closure else None
    joined, built = join(networks, built, closure)
    about = {key: metadata[key] for key in ("clips", "features", "seed", "steps") if key in metadata}
    about |= {"gain": str(options.gain), "closing": str(options.closing)}
    about |= {"touch_low": str(options.touch[0]), "touch_high": str(options.touch[1])}
    save_network(options.out, joined, built, about)
    say(f"{len(joined.members)} members are in {options.out}")
    return 0


if __name__ == "__main__":
    run_cli(main)
