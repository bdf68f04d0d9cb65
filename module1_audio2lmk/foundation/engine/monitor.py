"""Monitor of a run: console lines, the log, a page in the run's folder, and visdom."""

import logging
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from ..errors import say, warn
from ..media import write_image
from ..pages import IMAGES, write_page
from .log import Log


@dataclass(frozen=True)
class Display:
    """A visdom server and what is shown there: windows PREFIXlosses and PREFIXimages of an environment."""

    server: str = "http://localhost"
    port: int = 8097
    env: str = "main"
    prefix: str = ""
    columns: int = 4

    def connect(self) -> Any:
        """A client; None, with a warning that says how to get a server, where none answers."""
        address = f"{self.server}:{self.port}"
        try:
            # Asked first: the client itself would print while it waits for a server that is not there.
            host = urlsplit(self.server).hostname or self.server
            socket.create_connection((host, self.port), timeout=2).close()
            import visdom

            logging.getLogger("visdom").setLevel(logging.CRITICAL)
            client = visdom.Visdom(
                server=self.server,
                port=self.port,
                env=self.env,
                use_incoming_socket=False,
                raise_exceptions=False,
            )
            # From here on: to be told when the server goes.
            client.raise_exceptions = True  # type: ignore[attr-defined]
            say(f"visdom: {address}, environment {self.env}")
            return client
        except (ImportError, OSError):
            warn(
                f"no visdom server at {address}: run `python -m visdom.server -port {self.port}`. The page "
                "in the run's folder shows the same"
            )
            return None


class Monitor:
    """page: HTML file with the curves and, a row an epoch, images of `width` px; None for no page.

    lines: every row of the log is printed, and kept in loss_log.txt.
    """

    def __init__(
        self,
        log: Log,
        title: str,
        page: Path | None,
        display: Display | None = None,
        lines: bool = True,
        width: int = 256,
    ) -> None:
        self.log, self.title, self.page, self.lines, self.width = log, title, page, lines, width
        self._display, self._visdom = display or Display(), display.connect() if display else None

    def add(
        self, epoch: int, seen: int, values: dict[str, float], seconds: float = 0.0, waiting: float = 0.0
    ) -> None:
        """Log values after so many items; seconds: of an item, computing; waiting: of an item, for data."""
        self.log.add({self.log.clocks[0]: epoch, self.log.clocks[-1]: seen, **values})
        if self.lines:
            named = " ".join(f"{name}: {value:.3f}" for name, value in values.items())
            line = f"(epoch: {epoch}, iters: {seen}, time: {seconds:.3f}, data: {waiting:.3f}) {named}"
            say(line)
            with self.log.path.with_name("loss_log.txt").open("a") as file:
                file.write(line + "\n")

    def images(self, epoch: int, images: dict[str, np.ndarray], save: bool) -> None:
        """Show images (H, W, 3) uint8; `save`: also write them to the page."""
        if self._visdom is not None and images:
            self._send(
                "images",
                np.stack([image.transpose(2, 0, 1) for image in images.values()]),
                nrow=max(1, min(self._display.columns, len(images))),
                opts={"title": f"{self.title}: {', '.join(images)}"},
            )
        if save and self.page is not None:
            for name, image in images.items():
                write_image(self.page.parent / "images" / f"epoch{epoch:03d}_{name}.png", image)

    def write(self) -> None:
        """The CSV, the page and the curves in visdom, anew."""
        self.log.write()
        if self._visdom is not None and (names := self.log.names()):
            self._send(
                "line",
                X=np.array([row[self.log.clocks[-1]] for row in self.log.rows], float),
                Y=np.array([[row.get(name, np.nan) for name in names] for row in self.log.rows]),
                opts={
                    "title": f"{self.title}: losses",
                    "legend": names,
                    "xlabel": self.log.clocks[-1],
                },
            )
        if self.page is None:
            return
        rows: dict[str, dict[str, str]] = {}
        for path in sorted((self.page.parent / "images").glob("epoch*_*.png")):
            epoch, _, name = path.stem.partition("_")
            rows.setdefault(epoch.replace("epoch", "epoch "), {})[name] = f"images/{path.name}"
        shown = {"curves": self.log.curves(), "rows": sorted(rows.items(), reverse=True)}
        write_page(self.page, IMAGES, title=self.title, refresh=60, width=self.width, **shown)

    def _send(self, kind: str, *values: np.ndarray, **options: Any) -> None:
        """One window; a server that is gone is given up with one line."""
        window = self._display.prefix + {"line": "losses"}.get(kind, kind)
        try:
            getattr(self._visdom, kind)(*values, win=window, **options)
        except OSError:
            warn("the visdom server does not answer any more; the page in the run's folder goes on")
            self._visdom = None
