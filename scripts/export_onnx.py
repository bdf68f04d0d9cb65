"""Export: graphs without weights of the shipped networks that run without torch, into checkpoints/graphs.

Run it after a network, or the arguments that shipped weights are built with, changed; needs torch.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from module1_audio2lmk.foundation.backends import graphs
from module1_audio2lmk.foundation.checkpoints import KNOWN, SHIPPED, build, describe
from module1_audio2lmk.foundation.errors import run_cli


def shipped() -> list[Path]:
    """The shipped weight files."""
    return [path for known in KNOWN.values() if (path := SHIPPED / known.default).is_file()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=graphs.FOLDER, help="folder of the graphs")
    options = parser.parse_args()
    kept = set()
    for path in shipped():
        network: Any = build(path)
        if hasattr(network, "entries"):
            kept |= set(graphs.write_graphs(network, describe(path)[1], options.out))
    for path in set(options.out.glob("*.onnx")) - kept:
        path.unlink()
        path.with_suffix(".json").unlink(missing_ok=True)
    print(f"{len(kept)} graphs, {sum(path.stat().st_size for path in kept) >> 10} KiB: {options.out}")


if __name__ == "__main__":
    run_cli(main)
