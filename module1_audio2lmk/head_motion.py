"""Head motion: rotation and shift of a 3-D face over time, read from a file or generated.

A pose is yaw, pitch, roll in degrees (see `registration.rotation_from_angles`), shift x, y in normalised
units (the jaw ends are 1.6 apart) and the relative change of size that stands for a shift in depth. The head
turns about the `PIVOT` in its neck.
"""

import numpy as np

POSE_SIZE = 6
#: Normalised coordinates of the joint of head and neck in the standard face.
PIVOT = np.array([0.0, 0.9, -0.9])
