"""Blobs and squiggles behind a person go; the person, what touches them and long lines stay."""

import cv2
import numpy as np

from module2_drawing.rendering.surroundings import faded, quietened


def test_surroundings_get_few_and_quiet_lines() -> None:
    drawing, person = np.full((512, 512), 255, np.uint8), np.zeros((256, 256), np.uint8)
    person[60:, 80:180] = 1
    cv2.circle(drawing, (60, 80), 20, 0, -1)  # a blob
    cv2.line(drawing, (60, 300), (80, 320), 0, 3)  # a squiggle
    cv2.line(drawing, (440, 40), (440, 460), 0, 3)  # the edge of a door
    cv2.line(drawing, (200, 300), (300, 310), 0, 3)  # of the person
    cv2.line(drawing, (250, 200), (250, 60), 0, 3)  # hair that stands up
    quiet = quietened(drawing, person)
    for kept in np.s_[120:, 160:360], np.s_[58:118, 240:260]:
        assert (quiet[kept] == drawing[kept]).all()
    assert quiet[:340, :100].min() > 200
    assert (quiet[60:440, 430:450].min(1) < 100).all()


def test_tones_fade_around_the_person() -> None:
    drawing, person = np.full((512, 512), 90, np.uint8), np.zeros((256, 256), np.uint8)
    person[60:, 80:180] = 1
    soft = faded(drawing, person)
    assert (soft[124:, 164:356] == 90).all()
    row = soft[400, 360:].astype(int)
    assert (np.diff(row) >= 0).all() and np.diff(row).max() < 12 and row[-60:].min() == 255
