#!/usr/bin/env bash
# Photo + voice → talking drawing, from a bare clone: makes the environment when there is none, then draws.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ROOT"
"$PYTHON" main_end2end.py --jpg data/examples/astronaut.jpg --audio data/examples/speech.wav \
    --output "$ROOT/output/astronaut-speech/drawing.mp4" "$@"
