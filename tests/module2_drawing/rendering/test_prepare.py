"""Preparation of a photo: the matte, the crop's surroundings, the background."""

import cv2
import numpy as np
import torch
from drawing_data import standard_face

from module2_drawing.rendering.continuation import continued
from module2_drawing.rendering.matte import of_the_face
from module2_drawing.rendering.prepare import prepare_photo, vacated
from module2_drawing.rendering.settings import InferenceSettings


def test_without_separation_the_generator_draws_the_whole_picture():
    drawing, landmarks = torch.rand(1, 1, 32, 32), torch.full((1, 68, 2), 16.0)
    settings = InferenceSettings(False, vacated="filled", soft_edge=1.0, separated=False)
    inputs = torch.rand(1, 3, 32, 32), landmarks, torch.zeros(1, 1, 32, 32), drawing
    photo = prepare_photo(None, *inputs, settings)
    assert (photo.mask == 1).all() and torch.equal(photo.background, drawing)
    assert torch.allclose(photo.foreground, inputs[0], atol=1e-6)


def test_drawing_and_background_are_two_pictures():
    """Of each photo of a batch: what a moving head uncovers is not its own drawing."""
    drawing = torch.ones(2, 1, 64, 64)
    drawing[0, :, 20:44, 20:44] = -1
    matte = torch.zeros(2, 1, 64, 64)
    matte[..., 16:48, 16:48] = 1
    inputs = torch.zeros(2, 3, 64, 64), torch.full((2, 68, 2), 32.0), matte, drawing
    photo = prepare_photo(None, *inputs, InferenceSettings(False, vacated="filled"))
    assert torch.equal(photo.drawing, drawing)
    assert float(photo.background.min()) == 1
    paper = vacated(drawing, matte, InferenceSettings(False, vacated="paper"))
    assert torch.equal(paper, torch.ones_like(paper))
    assert vacated(drawing, matte, InferenceSettings(published=True)) is drawing


def test_only_the_part_of_the_matte_with_the_face_moves():
    matte = np.zeros((256, 256), np.float32)
    matte[60:250, 60:200] = 1
    matte[100:200, 240:256] = 1
    kept = of_the_face(matte, standard_face())
    assert np.array_equal(kept[:, :230], matte[:, :230]) and kept[:, 230:].max() == 0


def test_a_photo_is_continued_into_a_blur_of_its_edge():
    noise = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    image = cv2.resize(noise, (512, 512), interpolation=cv2.INTER_NEAREST)
    image[:, 390:400] = np.where(np.arange(512)[:, None, None] // 4 % 2 == 0, 255, 0)  # stripes
    seen = image.copy()
    seen[:, 400:] = 255
    whole = continued(seen, (0, 0, 400, 512))
    assert whole.shape == (512, 512, 3) and whole.dtype == np.uint8
    assert np.array_equal(whole[:, :400], image[:, :400])
    assert np.abs(whole[:, 400].astype(int) - image[:, 399]).max() < 10
    assert np.abs(whole[40:-40, 440:].astype(int) - 127).max() < 10  # of the stripes their mean is left
    assert continued(image, (0, 0, 512, 512)) is image
