"""Media: photos, sound and video decoded, video written as a stream; the names that others use."""

from .images import read_image, write_image
from .pictures import animation_writer
from .sound import is_silent, iter_audio, read_audio, sound_seconds
from .video import Probe, first_frame, is_still, iter_frames, probe, timed_frames
from .writer import VideoWriter
