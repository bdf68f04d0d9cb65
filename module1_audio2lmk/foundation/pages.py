"""Pages: templates of Jinja, filled in and written as one file. Jinja comes with the extra `train`."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from .files import write_text

#: Curves, then rows of images below headings: title, refresh (s after which a browser loads it again),
#: curves (of `engine.log.Log`), rows (heading, and caption → file, relative to the page), width px.
IMAGES = Path(__file__).parent / "engine" / "images.html"


def write_page(path: Path, template: Path, **content: Any) -> Path:
    """Fill in a template, which finds those beside it; returns the path of the page."""
    templates = Environment(
        loader=FileSystemLoader(template.parent),
        autoescape=lambda name: str(name).endswith(".html"),
        trim_blocks=True,
    )
    write_text(path, templates.get_template(template.name).render(content))
    return path
