# Sourced by demo.sh and test.sh: sets PYTHON to the Python of an environment that has everything.
# VENV=dir: the environment to use or make (default: .venv beside the scripts folder).
# BASE_PYTHON=program: the Python to make it with (default: the first of python3, 3.12, 3.11, 3.10 that fits).

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
VENV="${VENV:-$ROOT/.venv}"
[[ "$VENV" == /* ]] || VENV="$PWD/$VENV"
PYTHON="$VENV/bin/python"
STAMP="$VENV/requirements.sha256"
HEADLESS="opencv-python-headless<4.12"

fail() {
    echo "error: $*" >&2
    exit 2
}

fits() { # PROGRAM: is it Python 3.10 to 3.12?
    "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' >/dev/null 2>&1
}

base_python() {
    local name
    for name in ${BASE_PYTHON:-python3 python3.12 python3.11 python3.10}; do
        if fits "$name"; then
            echo "$name"
            return
        fi
    done
    return 1
}

make_venv() {
    local base
    base="$(base_python)" || fail "no Python 3.10, 3.11 or 3.12 found; install one or set BASE_PYTHON=program"
    echo "making $VENV with $("$base" --version)" >&2
    "$base" -m venv "$VENV" >/dev/null 2>&1 || {
        rm -rf "$VENV"
        fail "$base cannot make an environment; on Debian or Ubuntu: apt-get install python3-venv"
    }
}

wanted_stamp() {
    "$PYTHON" -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' \
        "$ROOT/requirements.txt"
}

pip_install() {
    # visdom is built from source and needs setuptools < 81 for that. Older pips take the constraint for
    # builds from PIP_CONSTRAINT, newer ones (25.3 on) from PIP_BUILD_CONSTRAINT alone.
    local constraint="$VENV/build-constraint.txt"
    echo 'setuptools<81' >"$constraint"
    PIP_CONSTRAINT="$constraint" PIP_BUILD_CONSTRAINT="$constraint" PIP_DISABLE_PIP_VERSION_CHECK=1 \
        "$PYTHON" -m pip install --no-input "$@" || fail "the installation failed; see the lines above"
}

imports() {
    "$PYTHON" -c 'import cv2, onnxruntime, av, torch, torchvision, torchaudio, librosa, visdom'
}

check_imports() {
    local message
    if imports >/dev/null 2>&1; then return; fi
    message="$(imports 2>&1 | tail -n 1)"
    if [[ "$message" == *libGL* || "$message" == *libgthread* || "$message" == *libglib* ]]; then
        # A machine without a desktop: the same OpenCV without its windows needs none of these.
        echo "no desktop libraries here: installing OpenCV without windows" >&2
        pip_install --quiet --force-reinstall --no-deps "$HEADLESS"
        if imports >/dev/null 2>&1; then return; fi
        fail "$message; on Debian or Ubuntu: apt-get install libgl1 libglib2.0-0"
    fi
    fail "$message; remove $VENV and run this again"
}

prepare() {
    [[ -x "$PYTHON" ]] || make_venv
    fits "$PYTHON" || fail "$VENV holds another Python than 3.10 to 3.12; remove it or set VENV=dir"
    local wanted
    wanted="$(wanted_stamp)"
    if [[ -f "$STAMP" && "$(cat "$STAMP")" == "$wanted" ]]; then return; fi
    "$PYTHON" -m pip --version >/dev/null 2>&1 || make_venv
    echo "installing requirements.txt into $VENV (7 GB, some minutes)" >&2
    # Progress for a person, silence in a log.
    local quiet=--quiet
    [[ -t 2 ]] && quiet=--progress-bar=on
    pip_install "$quiet" --requirement "$ROOT/requirements.txt"
    check_imports
    echo "$wanted" >"$STAMP"
}

prepare
export PYTHON
