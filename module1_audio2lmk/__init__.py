"""Speech to facial landmarks: audio and one aligned face in, a sequence of 68 landmarks out."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .pipeline import SpeechToLandmarks

__all__ = ["SpeechToLandmarks"]


def __getattr__(name: str) -> Any:
    """Import the pipeline (and with it torch) only when it is asked for."""
    if name == "SpeechToLandmarks":
        from .pipeline import SpeechToLandmarks

        return SpeechToLandmarks
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
