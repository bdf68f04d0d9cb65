"""Errors, devices, checkpoints and media: the ground floor that both modules stand on."""
