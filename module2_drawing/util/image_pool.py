"""Image pool: a buffer of generated images, so that a discriminator also sees older ones."""

from typing import Any

import numpy as np
import torch
from torch import Tensor


class ImagePool:
    """Shrivastava et al., "Learning from Simulated and Unsupervised Images through Adversarial Training"."""

    def __init__(self, size: int, seed: int = 0) -> None:
        """size: images kept; 0 hands every image straight through."""
        self.size = size
        self._images: list[Tensor] = []
        self._random = np.random.default_rng(seed)

    def query(self, images: Tensor) -> Tensor:
        """(B, …) new images → (B, …), detached: each is new, or with probability ½ an older one whose place
        the new one takes."""
        if self.size == 0:
            return images.detach()
        return torch.stack([self._exchange(image) for image in images.detach()])

    def _exchange(self, image: Tensor) -> Tensor:
        if len(self._images) < self.size:
            self._images.append(image.clone())
            return image
        if self._random.random() <= 0.5:
            return image
        place = int(self._random.integers(self.size))
        old, self._images[place] = self._images[place], image.clone()
        return old

    def state_dict(self) -> dict[str, Any]:
        return {"images": list(self._images), "random": self._random.bit_generator.state}

    def load_state_dict(self, state: dict[str, Any], device: torch.device) -> None:
        self._images = [image.to(device) for image in state["images"]]
        self._random.bit_generator.state = state["random"]
