"""Start-up: what answering --help and what making the first frames must not import."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEAVY = "torchvision scipy.signal scipy.stats scipy.interpolate librosa numba skimage matplotlib.pyplot sympy"
PROGRAM = """
import sys
import main_end2end
main_end2end.parse_arguments(["--jpg", "a.jpg", "--audio", "a.wav"])
early = {"numpy", "cv2", "torch", "tqdm", "av"} & set(sys.modules)
from module1_audio2lmk import SpeechToLandmarks
from module1_audio2lmk.foundation.face.align import align_face
from module1_audio2lmk.foundation.media import read_audio, read_image
from module2_drawing import PortraitAnimator
face = align_face(read_image("data/examples/astronaut.jpg"))
landmarks = SpeechToLandmarks()(read_audio("data/examples/speech.wav", 16000)[:8000], face)
animator = PortraitAnimator(size=256)
animator.prepare(face)
assert next(animator.frames(landmarks)).shape == (256, 256, 3)
print(*early, *({"torch._dynamo", *sys.argv[1].split()} & set(sys.modules)))
"""


def test_nothing_is_imported_for_little():
    """Parsing options needs no array library; speech and drawing need none of the slow ones."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, HEAVY], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
