"""The notebook runs as it stands, shorter: its cells in this process, where the libraries are loaded."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from module1_audio2lmk.foundation.media import iter_frames, probe

NOTEBOOK = Path(__file__).resolve().parents[2] / "scripts" / "quickstart.ipynb"


def test_every_cell_runs(tmp_path: Path, photo_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/examples").symlink_to(photo_path.parent)
    monkeypatch.chdir(tmp_path)
    content = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    cells = ["".join(cell["source"]) for cell in content["cells"] if cell["cell_type"] == "code"]
    assert not any(cell["outputs"] for cell in content["cells"] if cell["cell_type"] == "code")
    imported = set(re.findall(r"^(?:from|import) (\w+)", "\n".join(cells), re.MULTILINE))
    plain = {"pathlib", "PIL", "scipy", "module1_audio2lmk", "module2_drawing"}
    assert imported == plain | {"IPython"}  # of the plain install alone
    names: dict[str, object] = {}
    for cell in cells[:-1]:
        short = cell.replace("SECONDS, FPS = 2, 25", "SECONDS, FPS = 1, 10").replace(
            'SIZE = "drawing", 512', 'SIZE = "drawing", 256'
        )
        exec(compile(short, "cell", "exec"), names)
    assert cells[-1].startswith("from IPython.display") and len(cells) == 5
    drawn = list(iter_frames(tmp_path / "quickstart.mp4"))
    assert len(drawn) == 10 and drawn[0].shape == (256, 256, 3)
    assert 0.02 < (np.stack(drawn) < 100).mean() < 0.6
    assert probe(tmp_path / "quickstart.mp4").audio_codec == "aac"
