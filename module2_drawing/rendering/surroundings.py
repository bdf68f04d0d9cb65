"""Surroundings: what lines show behind the person, in few and quiet ones; tones end there.

A renderer draws foliage and lights out of focus as blobs and squiggles, louder than the face before them.
"""

import cv2
import numpy as np

from .backdrop import disc

# Lengths in px of 256.
AWAY = 5  # from the person, where the surroundings begin
REACH = 32  # from the person, that what touches it may be hair
BROAD = 2.2  # half of a line's width: what is broader is left white inside
SHORTEST = 56  # extent of a line that stays
FAINT = 176  # grey level below which something is a line
SOFT = 0.6  # σ of the edges of what is taken away
QUIET = 0.8  # darkness of what stays
FADE = 4, 26  # from the person, where tones begin to fade and where paper begins


def quietened(drawing: np.ndarray, person: np.ndarray) -> np.ndarray:
    """A line drawing (D, D) uint8 with few lines outside of the person, (256, 256) uint8 in {0, 1}; a copy.

    What touches the person stays as it is, as far as hair may reach.
    """
    unit = len(drawing) / len(person)
    near, reached = (
        cv2.resize(cv2.dilate(person, disc(room)), drawing.shape, interpolation=cv2.INTER_LINEAR) > 0
        for room in (AWAY, REACH)
    )
    marks = (drawing < FAINT).astype(np.uint8)
    _, parts = cv2.connectedComponents(marks, connectivity=8)
    away = ~near & ~(reached & np.isin(parts, parts[near & (marks > 0)]))
    marks[~away] = 0
    depth = cv2.distanceTransform(cv2.copyMakeBorder(marks, 1, 1, 1, 1, cv2.BORDER_REPLICATE), cv2.DIST_L2, 3)
    marks[depth[1:-1, 1:-1] > BROAD * unit] = 0
    _, parts, boxes, _ = cv2.connectedComponentsWithStats(marks, connectivity=8)
    stays = np.hypot(boxes[:, cv2.CC_STAT_WIDTH], boxes[:, cv2.CC_STAT_HEIGHT]) > SHORTEST * unit
    stays[0] = False
    share = cv2.GaussianBlur(QUIET * stays[parts].astype(np.float32), (0, 0), SOFT * unit)
    share = np.where(away, share, 1)
    return np.rint(255 - (255 - drawing.astype(np.float32)) * share).astype(np.uint8)


def faded(drawing: np.ndarray, person: np.ndarray) -> np.ndarray:
    """A drawing with tones (D, D) uint8 that ends softly around the person, (256, 256) uint8 in {0, 1}.

    Foliage and lights out of focus are scattered patches of hatching otherwise.
    """
    away = cv2.distanceTransform(1 - person, cv2.DIST_L2, 5)
    share = np.clip((FADE[1] - away) / (FADE[1] - FADE[0]), 0, 1)
    share = cv2.resize(share * share * (3 - 2 * share), drawing.shape, interpolation=cv2.INTER_LINEAR)
    return np.rint(255 - (255 - drawing.astype(np.float32)) * share).astype(np.uint8)
