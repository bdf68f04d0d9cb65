"""Changes of a photo that its drawing does not follow: light, colour, sharpness, noise."""

import cv2
import numpy as np
import torch
from torch import Tensor


def augment_photo(photo: Tensor, random: np.random.Generator) -> Tensor:
    """(3, S, S) in [−1, 1] → the same, as another camera under another light might have taken it."""
    image = photo.numpy().transpose(1, 2, 0) / 2 + 0.5
    if random.random() < 0.7:
        image = image ** random.uniform(0.75, 1.35) * random.uniform(0.85, 1.15, 3)
        image = (image - 0.5) * random.uniform(0.8, 1.2) + 0.5
    if random.random() < 0.15:
        image = np.repeat(image.mean(2, keepdims=True), 3, 2)
    if random.random() < 0.25:
        image = cv2.GaussianBlur(image, (0, 0), random.uniform(0.4, 1.2))
    if random.random() < 0.3:
        image = image + random.normal(0, random.uniform(0, 0.03), image.shape)
    image = np.clip(image, 0, 1).astype(np.float32)
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1))) * 2 - 1
