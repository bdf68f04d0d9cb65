"""Published program: speech to landmarks on published checkpoints."""
