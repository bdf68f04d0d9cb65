"""Web page: photo and voice in, a talking drawing out, in a browser. Run it as animate-portrait web."""

import argparse
import os
import socket
import sys
import tempfile
import threading
from pathlib import Path

import main_end2end
from module1_audio2lmk.foundation.errors import InputError, say
from module1_audio2lmk.foundation.processes import cores

from .webapp.studio import Limits, Studio


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    limits = Limits()
    parser = argparse.ArgumentParser(
        prog="animate-portrait web",
        description="Serves a page that draws in the browser. Options that are not named here, such as "
        "--device and --checkpoints_dir, are those of every video.",
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="0.0.0.0 lets other machines in (default: this one)"
    )
    parser.add_argument("--port", type=int, default=7860, help="0 takes a free one (default: 7860)")
    parser.add_argument(
        "--workers", type=int, default=1, metavar="N", help="videos drawn at once (default: 1)"
    )
    parser.add_argument("--open", action="store_true", help="also open the page in the browser")
    parser.add_argument("--max_seconds", type=float, default=limits.seconds, help="of speech (default: 60)")
    parser.add_argument(
        "--max_megabytes", type=float, default=limits.megabytes, help="of a file (default: 50)"
    )
    options, common = parser.parse_known_args(arguments)
    options.common = common
    if options.workers < 1 or options.max_seconds <= 0 or options.max_megabytes <= 0:
        parser.error("--workers, --max_seconds and --max_megabytes are larger than 0")
    if not 0 <= options.port < 65536:
        parser.error("--port is 0 to 65535")
    main_end2end.parse_arguments([*options.common, "--jpg=photo", "--audio=speech"])
    return options


def main(arguments: list[str] | None = None) -> None:
    options = parse_arguments(arguments)
    os.environ |= {"OMP_WAIT_POLICY": "PASSIVE", "OMP_NUM_THREADS": str(max(1, cores() // options.workers))}
    limits = Limits(seconds=options.max_seconds, megabytes=options.max_megabytes)
    with tempfile.TemporaryDirectory(prefix="talking-portraits-", ignore_cleanup_errors=True) as folder:
        # Gradio puts uploads there, so that they go with the server; and it tells nobody of its use.
        os.environ |= {"GRADIO_TEMP_DIR": f"{folder}/uploads", "GRADIO_ANALYTICS_ENABLED": "False"}
        try:
            from .webapp.page import build, launch
        except ImportError as error:
            missing = f"the page needs Gradio ({error}); install it with: pip install gradio"
            raise InputError(missing) from None
        studio = Studio(Path(folder), options.workers, tuple(options.common), limits)
        port = options.port or _free_port(options.host)
        page = build(studio)
        try:
            try:
                address = launch(
                    page, options.host, port, limits, prevent_thread_lock=True, inbrowser=options.open
                )
            except OSError:
                raise InputError(f"cannot serve at {options.host}:{port}; choose another --port") from None
            say(f"the page is at {address} (Ctrl-C ends it)")
            sys.stderr.flush()
            threading.Event().wait()
        finally:
            page.close(verbose=False)
            studio.close()


def _free_port(host: str) -> int:
    with socket.socket() as one:
        one.bind((host, 0))
        return one.getsockname()[1]
