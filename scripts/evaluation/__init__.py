"""What scripts/evaluate.py is made of: metrics, methods, the protocol, intervals, tables and pages."""
