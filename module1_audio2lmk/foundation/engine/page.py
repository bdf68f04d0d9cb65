"""Page of image rows, written as one HTML file next to its image folder."""

import html
from pathlib import Path
from urllib.parse import quote

from ..files import write_text

_STYLE = "body{font-family:sans-serif}figure{display:inline-block;margin:4px;text-align:center}"


class ImagePage:
    """Rows of images below headings. Image files are named relative to the page's folder."""

    def __init__(self, path: Path, title: str, refresh: int = 0) -> None:
        """refresh: seconds after which a browser loads the page again, 0 for never."""
        self.path = path
        again = f'<meta http-equiv="refresh" content="{refresh}">' if refresh > 0 else ""
        self._parts = [
            f'<!DOCTYPE html><html><head><meta charset="utf-8">{again}<title>{html.escape(title)}</title>',
            f"<style>{_STYLE}</style></head><body><h1>{html.escape(title)}</h1>",
        ]

    def add_row(self, heading: str, images: dict[str, str], width: int) -> None:
        """images: caption → file, relative to the page; width px."""
        self._parts.append(f"<h3>{html.escape(heading)}</h3><div>")
        for caption, file in images.items():
            link = html.escape(quote(file))
            self._parts.append(
                f'<figure><a href="{link}"><img src="{link}" width="{width}" loading="lazy"></a>'
                f"<figcaption>{html.escape(caption)}</figcaption></figure>"
            )
        self._parts.append("</div><hr>")

    def add_html(self, markup: str) -> None:
        """Markup as it is, such as an SVG chart."""
        self._parts.append(markup)

    def save(self) -> None:
        write_text(self.path, "\n".join([*self._parts, "</body></html>"]))
