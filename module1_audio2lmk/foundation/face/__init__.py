"""Faces: finding and aligning them in photos, the geometry of 68 landmarks, head pose."""
