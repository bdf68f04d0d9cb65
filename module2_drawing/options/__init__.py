"""Command-line options of training and testing; models and data sets add their own."""

from .test_options import TestOptions
from .train_options import TrainOptions
