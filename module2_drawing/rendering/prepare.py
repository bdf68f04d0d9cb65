"""Preparation: what depends on the photo alone, computed once for any number of frames."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from ..geometry.warping import landmark_maps
from ..networks.generator import EncodedPhoto, WarpGenerator
from .compose import filled_in, on_white, softened, widen
from .matte import MATTE_THRESHOLD
from .settings import InferenceSettings
from .underlay import without_inside


@dataclass(frozen=True)
class PreparedPhoto:
    """What depends on the photo alone; images (1, C, S, S) in [−1, 1]. Or a batch of photos.

    foreground: the photo, white outside the mask; landmarks: (1, 68, 2) px; landmark_map: (1, 1, S, S);
    mask: (1, 1, S, S) in [0, 1], the person with the edge that is blended; drawing: the static drawing of
    the photo (UPD); background: the drawing as it is seen where the person moved away; encoded: the
    generator's features, None where there is no generator; lenses: (1, 1, S, S) in [0, 1], where dark glasses
    cover the eyes and nothing is painted over the drawing, None for none.
    """

    foreground: Tensor
    landmarks: Tensor
    landmark_map: Tensor
    mask: Tensor
    drawing: Tensor
    background: Tensor
    encoded: EncodedPhoto | None
    lenses: Tensor | None = None

    @cached_property
    def bare(self) -> Tensor:
        """The static drawing with bare lips, see `bare_lips`."""
        return without_inside(self.drawing, self.landmarks)


def prepare_photo(
    generator: WarpGenerator | None,
    photo: Tensor,
    landmarks: Tensor,
    matte: Tensor,
    drawing: Tensor,
    settings: InferenceSettings,
    lenses: Tensor | None = None,
) -> PreparedPhoto:
    """photo (1, 3, S, S) in [−1, 1], landmarks (1, 68, 2) px, matte (1, 1, S, S) in [0, 1], static drawing
    (1, C, S, S) in [−1, 1], lenses as of `PreparedPhoto`. Or batches of these.

    A generator with 3 + C input channels sees the static drawing, too.
    """
    mask = (matte > MATTE_THRESHOLD).float() if settings.separated else torch.ones_like(matte)
    foreground = on_white(photo, mask)
    mask = widen(mask, settings.matte_margin)  # the photo was cut out without the margin
    landmark_map = landmark_maps(landmarks, photo.shape[-1])
    encoded = None
    if generator is not None:
        seen = [foreground]
        if generator.input_nc > photo.shape[1]:
            seen.append(on_white(drawing, mask))
        with settings.autocast(photo.device):
            encoded = generator.encode(torch.cat(seen, 1), landmark_map)
    background = vacated(drawing, mask, settings)
    edge = softened(mask, settings.soft_edge)
    return PreparedPhoto(foreground, landmarks, landmark_map, edge, drawing, background, encoded, lenses)


def vacated(drawing: Tensor, mask: Tensor, settings: InferenceSettings) -> Tensor:
    """The drawings (B, C, S, S) as they are seen where the persons, (B, 1, S, S) in {0, 1}, moved away."""
    if settings.vacated == "paper":
        return on_white(drawing, 1 - mask)
    if settings.vacated == "filled" and settings.separated:  # or there is nothing around to fill in from
        return filled_in(drawing, mask)
    return drawing
