"""Batch: a table of jobs, what of them is done, and those who do the rest."""
