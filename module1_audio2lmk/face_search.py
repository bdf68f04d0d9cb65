"""Faces of a photo, under their former name; the code is in `foundation.face.search`."""

from .foundation.face.search import Box, face_size, find_faces, mesh_box
