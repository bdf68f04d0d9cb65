"""Finishing of content weights: how much mouths open, how lips close, closures that were trained apart.

    python -m module1_audio2lmk.training.finish CONTENT.safetensors --out FINISHED.safetensors
        [--closure CLOSURE.safetensors] [--gain G] [--closing W] [--touch LOW HIGH]

gain, closing and touch are described in `motion.content.ContentModel`; what is not given stays as
the file notes it.
"""

import argparse
from pathlib import Path
from typing import Any

from ..foundation.checkpoints import build, describe, read_metadata, save_network
from ..foundation.errors import run_cli, say
from ..networks.streaming_content_branch import StreamingContentBranch


def with_closure(
    network: StreamingContentBranch, arguments: dict[str, Any], other: StreamingContentBranch
) -> tuple[StreamingContentBranch, dict[str, Any]]:
    """A network built with `arguments` with the closure stack of another one, and what builds that."""
    first, *_, last = other.closure
    arguments = arguments | {"closure_channels": first.out_channels, "closure_size": last.out_channels}
    joined = StreamingContentBranch(**arguments)
    joined.members.load_state_dict(network.members.state_dict())
    joined.closure.load_state_dict(other.closure.state_dict())
    joined.basis.copy_(network.basis)
    return joined, arguments


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line; SystemExit with a usage message where it does not parse."""
    parser = argparse.ArgumentParser(
        prog="python -m module1_audio2lmk.training.finish",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("file", type=Path, metavar="FILE", help="own content weights")
    add("--out", type=Path, required=True, metavar="FILE")
    add("--closure", type=Path, metavar="FILE", help="weights whose closure stack is taken")
    add("--gain", type=float)
    add("--closing", type=float, help="normalised units, after the gain")
    add("--touch", type=float, nargs=2, metavar="P", help="probabilities between which lips close")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Finish the file that the command line names. Raises InputError where it is no content weights."""
    options = parse_arguments(arguments)
    network, metadata = build(options.file, StreamingContentBranch), read_metadata(options.file)
    built = describe(options.file)[1]
    if options.closure:
        network, built = with_closure(network, built, build(options.closure, StreamingContentBranch))
    low, high = options.touch or (None, None)
    given = {"gain": options.gain, "closing": options.closing, "touch_low": low, "touch_high": high}
    kept = {key: value for key, value in metadata.items() if key not in ("network", "arguments")}
    kept |= {key: str(value) for key, value in given.items() if value is not None}
    save_network(options.out, network, built, kept)
    say(f"finished weights are in {options.out}")


if __name__ == "__main__":
    run_cli(main)
