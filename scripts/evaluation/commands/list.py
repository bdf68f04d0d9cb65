"""Print the metrics and methods that there are, with their definitions."""

import argparse

from .. import methods, metrics

HELP = "print all metrics and methods"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(options: argparse.Namespace) -> None:
    print("Metrics")
    for name, metric in metrics.known().items():
        print(f"  {name} ({metric.better} is better): {metric.definition}")
    print("Methods")
    for name, method in methods.known().items():
        print(f"  {name}: {' '.join((method.__doc__ or '').split())}")
