#!/usr/bin/env python3
"""Former name of `prepare_clip.py`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from module1_audio2lmk.foundation.errors import run_cli
from scripts.prepare_clip import main

if __name__ == "__main__":
    run_cli(main)
