"""Watching a run: the console, the loss log, a web page in the run's folder, and visdom."""

from __future__ import annotations

import argparse
import logging
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from torch import Tensor

from module1_audio2lmk.foundation.errors import say, warn
from module1_audio2lmk.foundation.media import write_image

from .html import ImagePage
from .images import to_image
from .loss_log import LossLog


class Visualizer:
    """The run's folder is checkpoints_dir/name; its page is web/index.html there."""

    def __init__(self, options: argparse.Namespace, resume_at: int = 0) -> None:
        self.options = options
        self.folder = Path(options.checkpoints_dir) / options.name
        self.web = self.folder / "web"
        self.log = LossLog(self.folder, resume_at)
        self._visdom = connect(options) if options.display_id > 0 else None

    def losses(
        self, epoch: int, images: int, losses: dict[str, float], seconds: float, waiting: float
    ) -> None:
        """Print and log losses; seconds: per photo, computing; waiting: per photo, for data."""
        named = " ".join(f"{name}: {value:.3f}" for name, value in losses.items())
        line = f"(epoch: {epoch}, iters: {images}, time: {seconds:.3f}, data: {waiting:.3f}) {named}"
        say(line)
        self.log.message(line)
        self.log.add(epoch, images, losses)
        if self._visdom is not None:
            self._plot()

    def images(self, epoch: int, visuals: dict[str, Tensor], save: bool) -> None:
        """Show images (1, C, H, W) in [−1, 1]; `save`: also write them to the page."""
        arrays = {name: to_image(image) for name, image in visuals.items()}
        if self._visdom is not None:
            self._visdom.images(
                np.stack([array.transpose(2, 0, 1) for array in arrays.values()]),
                nrow=max(1, min(self.options.display_ncols, len(arrays))),
                win=f"{self.options.display_id}-images",
                opts={"title": f"{self.options.name}: {', '.join(arrays)}"},
            )
        if save and not self.options.no_html:
            for name, array in arrays.items():
                write_image(self.web / "images" / f"epoch{epoch:03d}_{name}.png", array)
            self.page()

    def page(self) -> None:
        """Write the page anew: curves, and a row of images an epoch, the newest first."""
        if self.options.no_html:
            return
        page = ImagePage(self.web / "index.html", f"Experiment = {self.options.name}", refresh=60)
        page.add_html(self.log.chart())
        rows: dict[str, dict[str, str]] = {}
        for path in sorted((self.web / "images").glob("epoch*_*.png")):
            epoch, _, name = path.stem.partition("_")
            rows.setdefault(epoch, {})[name] = f"images/{path.name}"
        for epoch in sorted(rows, reverse=True):
            page.add_row(epoch.replace("epoch", "epoch "), rows[epoch], self.options.display_winsize)
        page.save()

    def _plot(self) -> None:
        rows = self.log.rows
        names = [name for name in rows[-1] if name not in ("epoch", "images")]
        self._visdom.line(
            X=np.array([row["images"] for row in rows], float),
            Y=np.array([[row.get(name, np.nan) for name in names] for row in rows]),
            win=f"{self.options.display_id}-losses",
            opts={"title": f"{self.options.name}: losses", "legend": names, "xlabel": "photos"},
        )


def connect(options: argparse.Namespace) -> Any:
    """A visdom client; None, with a warning that says how to get one, where no server answers."""
    address = f"{options.display_server}:{options.display_port}"
    try:
        # Asked first: the client itself would print while it waits for a server that is not there.
        host = urlsplit(options.display_server).hostname or options.display_server
        socket.create_connection((host, options.display_port), timeout=2).close()
        import visdom

        logging.getLogger("visdom").setLevel(logging.ERROR)
        client = visdom.Visdom(
            server=options.display_server,
            port=options.display_port,
            env=options.display_env,
            use_incoming_socket=False,
            raise_exceptions=False,
        )
        say(f"visdom: {address}, environment {options.display_env}")
        return client
    except (ImportError, OSError):
        pass
    warn(
        f"no visdom server at {address}: run `python -m visdom.server -port {options.display_port}` or give "
        "--display_id 0. The page in the run's folder shows the same"
    )
    return None
