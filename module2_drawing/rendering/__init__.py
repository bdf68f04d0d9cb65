"""Rendering: the whole pixel path, from one photo and target landmarks to drawn frames."""
