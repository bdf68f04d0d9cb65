"""Weights of the pipeline: which files are used, published or own, and what moves the head with them."""

from __future__ import annotations

import os
from dataclasses import dataclass

from .foundation.checkpoints import Found, describe, find
from .foundation.errors import InputError

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class SpeechWeights:
    """The file of each network, None where there is none; own: content weights of the streaming form."""

    own: bool
    content: Found
    autovc: Found | None
    speaker: Found | None
    encoder: Found | None
    pose: Found | None

    @classmethod
    def found(
        cls,
        checkpoints_dir: PathLike,
        front_end: str,
        load_autovc: PathLike | None,
        load_content: PathLike | None,
        load_speaker: PathLike | None,
    ) -> SpeechWeights:
        """The files that the arguments of `SpeechToLandmarks` name or leave to be found. Raises InputError
        where a file is missing, or there are no content weights."""
        key = "content_branch_mel" if front_end == "mel" and load_content is None else "content_branch"
        content = find(key, checkpoints_dir, load_content, own=front_end != "auto" and load_content is None)
        if content is None:
            raise InputError(
                f"no weights of the {key.replace('_', ' ')}; {checkpoints_dir}/default lacks them"
            )
        own = describe(content)[0] == "StreamingContentBranch"
        encoder = find("speaker_encoder", checkpoints_dir, own=own)
        if not own and encoder is not None and "floor" in describe(encoder)[1]:
            encoder = None  # one trained here: the published networks do not know its voices
        return cls(
            own,
            content,
            find("autovc", checkpoints_dir, load_autovc),
            find("speaker_branch", checkpoints_dir, load_speaker, own),
            encoder,
            find("pose_generator", checkpoints_dir),
        )

    def head_motion(self, name: str) -> str:
        """The head motion that ``auto`` stands for; speaker_branch only where its weights can be used."""
        fits = self.speaker is not None and self.speaker.own == self.own
        if name == "auto":
            return "speaker_branch" if fits and not self.own else "generated"
        if name == "speaker_branch" and not fits:
            kind = "own" if self.own else "published"
            raise InputError(f"no {kind} weights of the speaker branch; choose another --head_motion")
        return name

    def description(self, head_motion: str) -> str:
        """Each network in use with its file."""
        used: dict[str, Found | None] = {"content": self.content}
        if not self.own:
            used |= {"AutoVC": self.autovc, "speaker encoder": self.encoder}
        if head_motion == "speaker_branch":
            used |= {"speaker branch": self.speaker, "speaker encoder": self.encoder}
        if head_motion == "generated":
            used["head motion"] = self.pose
        parts = [f"{label} {_origin(file)}" for label, file in used.items() if file]
        if head_motion not in ("generated", "speaker_branch"):
            parts.append(f"head motion {head_motion}")
        return ", ".join(parts)


def _origin(found: Found) -> str:
    label = {"published": "published", "default": "own defaults", "user": "as given"}[found.origin]
    return f"{label} ({found.path})"
