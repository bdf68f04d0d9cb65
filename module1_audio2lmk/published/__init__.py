"""The published speech-to-landmark program on published checkpoints."""
