"""Composition: masks with soft edges, holes that are filled, lines made crisper."""

import torch

from module2_drawing.rendering.compose import crisper, filled_in, softened


def test_a_soft_edge_has_no_tails():
    mask = torch.zeros(1, 1, 32, 32)
    mask[..., 16:] = 1
    row = softened(mask, 1.0)[0, 0, 5]
    assert (row[:14] == 0).all() and (row[18:] == 1).all()
    assert 0.2 < row[15] < 0.5 < row[16] < 0.8 and torch.allclose(row, 1 - row.flip(0), atol=1e-6)
    assert softened(mask, 0.0) is mask


def test_crispness_makes_an_edge_rise_more_steeply():
    edge = torch.linspace(-0.5, 0.5, 9).expand(1, 1, 9, 9)
    step = torch.nn.functional.pad(edge, (8, 8, 8, 8), mode="replicate")
    harder = crisper(step, 1.0)
    assert float(harder.max()) > 0.505 and float(harder.abs().max()) <= 1
    flat = torch.full((1, 3, 16, 16), 0.3)
    assert torch.allclose(crisper(flat, 0.5), flat, atol=1e-6)


def test_holes_of_line_drawings_become_ink_or_paper():
    drawing = torch.ones(1, 1, 64, 64)
    drawing[..., :32] = -1
    hole = torch.zeros(1, 1, 64, 64)
    hole[..., 20:44, 20:44] = 1
    painted = filled_in(drawing, hole)
    assert torch.equal(painted[hole == 0], drawing[hole == 0])
    assert painted[..., 30, 22] < -0.9
    assert painted[..., 30, 42] > 0.9
