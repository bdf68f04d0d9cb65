"""Decode photos, sound and video; write video as a stream: the names that the rest of the project uses."""

from .images import read_image, write_image
from .pictures import animation_writer
from .sound import is_silent, iter_audio, read_audio, sound_seconds
from .video import Probe, first_frame, iter_frames, probe, timed_frames
from .writer import VideoWriter
