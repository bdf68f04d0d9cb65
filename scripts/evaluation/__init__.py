"""Evaluation: the metrics, methods, protocol, intervals, tables and pages of scripts/evaluate.py."""
