"""Training engine of both modules: updates, moving averages, states, logs, several processes."""

from .engine import Engine, RunSettings
from .task import Batch, Losses, Step, Task
from .updates import Updates, UpdateSettings
