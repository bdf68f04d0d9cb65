"""Utilities of training and testing: image conversion, image pool, logs and pages."""
