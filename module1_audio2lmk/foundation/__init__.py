"""Errors, devices, checkpoints, media and faces: the ground floor that both modules stand on."""

import os

# Threads of torch's own OpenMP wait for work in a loop: beside other busy programs, every small operation
# then costs a time slice. It reads this once, when torch is loaded, and every command comes here first.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
