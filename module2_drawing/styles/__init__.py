"""Procedural renderers: photo → drawing, one file a style, pure and deterministic."""
