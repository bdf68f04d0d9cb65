"""Errors, devices, checkpoints, media and faces: the ground floor that both modules stand on."""

import os

# Threads of torch's own OpenMP wait for work in a loop: beside other busy programs, every small operation
# then costs a time slice. It reads this once, when torch is loaded, and every command comes here first.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# So do those of NumPy's OpenBLAS, whatever that says, over systems far too small to be shared: the solve of a
# frame's spline takes ten times as long on two threads as on one. It reads this when NumPy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
