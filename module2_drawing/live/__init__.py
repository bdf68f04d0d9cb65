"""Live sessions: landmarks as they become due → drawn frames with their sound, on one clock."""

from .session import LiveFrame, LiveSession
