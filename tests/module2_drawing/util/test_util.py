import numpy as np
import pytest
import torch

from module2_drawing.rendering.compose import blend, on_white
from module2_drawing.util.image_pool import ImagePool
from module2_drawing.util.images import resized, stretched, to_image, to_tensor


def test_every_grey_value_survives_the_round_trip():
    # Cut off, as the published program does: some values lose 1 on the way.
    values = np.arange(256, dtype=np.uint8).reshape(16, 16)
    back = to_image(to_tensor(values))
    assert back.shape == (16, 16, 3)
    assert set((values.astype(int) - back[..., 0]).ravel()) <= {0, 1}
    levels = torch.tensor([[[-1.2, -1.0, 0.0, 0.9999, 1.0, 1.2]]])
    assert to_image(levels)[0, :, 0].tolist() == [0, 0, 127, 254, 255, 255]
    assert to_image(levels, rounded=True)[0, :, 0].tolist() == [0, 0, 128, 255, 255, 255]


def test_colour_order_is_kept():
    image = np.zeros((2, 3, 3), np.uint8)
    image[..., 1] = 255
    tensor = to_tensor(image)
    assert tensor.shape == (1, 3, 2, 3) and tensor[0, :, 0, 0].tolist() == [-1, 1, -1]


def test_mixing():
    front, back = torch.full((1, 1, 2, 2), -0.5), torch.full((1, 1, 2, 2), 0.5)
    mask = torch.tensor([[[[0.0, 1.0], [0.5, 0.25]]]])
    assert blend(front, back, mask).flatten().tolist() == pytest.approx([0.5, -0.5, 0.0, 0.25])
    assert on_white(front, mask).flatten().tolist() == pytest.approx([1.0, -0.5, 0.25, 0.625])


def test_sizes():
    image = np.zeros((8, 8, 3), np.uint8)
    assert resized(image, 8) is image and resized(image, 4).shape == (4, 4, 3)
    assert stretched(image, 1.0) is image
    assert stretched(image, 2.0).shape == (8, 16, 3) and stretched(image, 0.5).shape == (16, 8, 3)


def test_pool_returns_older_images():
    pool = ImagePool(3, seed=1)
    seen = [float(pool.query(torch.full((1, 1), float(i)))) for i in range(40)]
    assert seen[:3] == [0, 1, 2]
    older = sum(value < i for i, value in enumerate(seen))
    assert 8 < older < 30
    straight = ImagePool(0)
    batch = torch.rand(2, 3, requires_grad=True)
    assert torch.equal(straight.query(batch), batch) and not straight.query(batch).requires_grad


def test_pool_goes_on_where_it_was():
    first, second = ImagePool(3, seed=1), ImagePool(3, seed=9)
    for i in range(10):
        first.query(torch.full((1, 1), float(i)))
    second.load_state_dict(first.state_dict(), torch.device("cpu"))
    images = [torch.full((1, 1), 100.0 + i) for i in range(10)]
    assert [float(first.query(i)) for i in images] == [float(second.query(i)) for i in images]
