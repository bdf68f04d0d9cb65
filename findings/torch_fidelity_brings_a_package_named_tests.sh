#!/usr/bin/env bash
# torch-fidelity 0.4.0 (Fréchet and kernel distances of pictures), its wheel beside a project that keeps its tests in a folder
# `tests` without `__init__.py`, as pytest's guide recommends.
# SEEN: the wheel installs the authors' tests, too, as a package of its own named `tests`, with `__init__.py`. A package goes
#       before a folder without that file wherever it stands on the path: `import tests.helpers` finds nothing in the
#       project's own folder, though that comes first on the path. What pytest itself imports by file still runs; what
#       is imported anew fails (helpers named in full, functions sent to spawned processes).
# A GOOD GUESS SAID: only `torch_fidelity` is installed, and the current folder wins.
set -euo pipefail
d=$(mktemp -d); trap 'rm -rf "$d"' EXIT
python=${PYTHON:-python3}
"$python" -m pip install -q --disable-pip-version-check --no-deps --target "$d/site" torch-fidelity==0.4.0
mkdir -p "$d/project/tests"
echo 'def double(x): return 2 * x' > "$d/project/tests/helpers.py"
cd "$d/project"
cat > job.py <<'P'
import sys

sys.path.insert(0, sys.argv[1])
try:
    from tests.helpers import double

    print(double(21))
except ModuleNotFoundError as error:
    print(error)
P
without=$("$python" job.py "$d/project")
beside=$(PYTHONPATH="$d/site" "$python" job.py "$d/project")
touch tests/__init__.py
named=$(PYTHONPATH="$d/site" "$python" job.py "$d/project")
echo "without the wheel: $without; beside it: $beside; beside it, with __init__.py: $named"
[ "$without" = 42 ] && [ "$beside" = "No module named 'tests.helpers'" ] && [ "$named" = 42 ]
