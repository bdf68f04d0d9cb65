"""Geometry of the drawing stage: warps, landmark rasters, and the motion that landmarks give a drawing."""
