"""Errors, devices, checkpoints, media and faces: the ground floor that both modules stand on."""
