"""Networks of the speech-to-landmark stage, one a file. They know tensors only."""

from torch import nn

from .autovc import AutoVC
from .content_branch import ContentBranch
from .face_check import FaceCheck
from .pose_generator import PoseGenerator
from .speaker_branch import SpeakerBranch
from .speaker_encoder import SpeakerEncoder
from .speech_encoder import SpeechEncoder
from .streaming_content_branch import StreamingContentBranch

#: The names that weight files call them by: all that are imported here.
NETWORKS: dict[str, type[nn.Module]] = {
    name: kind for name, kind in globals().items() if isinstance(kind, type) and issubclass(kind, nn.Module)
}
