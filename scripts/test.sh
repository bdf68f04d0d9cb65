#!/usr/bin/env bash
# Lint, format, types and tests in the same environment as the demo. Arguments go to pytest; -n 0 after
# them runs the tests in one process.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ROOT"
"$PYTHON" -m ruff check .
"$PYTHON" -m ruff format --check .
"$PYTHON" -m mypy
# Two processes of one thread each: most tests are short, and threads that wait for each other are slower. A
# file's tests stay together, as they share what is costly to make.
OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE "$PYTHON" -m pytest -n 2 --dist loadfile "$@"
