"""Speaker embedding: its size, and that of an unknown voice. Without torch, which takes seconds to import."""

import numpy as np

EMBEDDING_SIZE = 256
#: What is used for a voice without an encoder: a point in the middle of the non-negative sphere.
NEUTRAL_VOICE = np.full(EMBEDDING_SIZE, EMBEDDING_SIZE**-0.5, np.float32)
