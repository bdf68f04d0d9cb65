"""Published program: its names of models and experiments, and the images that its test command writes."""
