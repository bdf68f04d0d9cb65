"""Pages: templates in `pages`, filled in; a run's has tables, and the videos of all methods side by side."""

from pathlib import Path
from typing import Any

from module1_audio2lmk.foundation.pages import write_page

from .store import CLIP_VIDEOS, Store
from .tables import tables

TEMPLATES = Path(__file__).parent / "pages"


def write_report(folder: Path, results: dict[str, Any]) -> Path:
    """index.html in the folder of a run; it needs the folder's videos beside it. Returns its path."""
    store = Store(folder)
    clips: dict[str, list[tuple[str, str]]] = {}
    for clip in results["clips"]:
        # The clip itself, or photo and drawing, then the videos of all methods.
        shown = [(store.still(clip), "Photo, drawing"), (store.video(CLIP_VIDEOS, clip), "The clip")]
        shown += [(store.video(name, clip), about["label"]) for name, about in results["methods"].items()]
        photo = results.get("photos", {}).get(clip)
        title = f"{clip}, moved as {photo['clip']}" if photo else clip
        clips[title] = below(folder, [one for one in shown if one[0].exists()])
    content = {"tables": tables(results), "clips": clips, "skipped": results["skipped"]}
    return write_page(folder / "index.html", TEMPLATES / "report.html", **content)


def below(folder: Path, shown: list[tuple[Path, str]]) -> list[tuple[str, str]]:
    """Pictures and videos with captions, their paths relative to the folder of the page."""
    return [(path.relative_to(folder).as_posix(), caption) for path, caption in shown]
