"""Facing points: lids and lips that meet, and how near each other a spline may take them."""

from module1_audio2lmk.foundation.face.geometry import INNER_LIP_PAIRS, LOWER_LIDS, UPPER_LIDS

FACING = (*zip(UPPER_LIDS, LOWER_LIDS, strict=True), *INNER_LIP_PAIRS)
#: Points of the inner lips between a corner and the next landmark, each on the parabola through three
#: landmarks; they follow the 68, and face each other in pairs.
LIP_CURVES = ((60, 61, 62), (60, 67, 66), (64, 63, 62), (64, 65, 66))
CURVES_FACING = ((68, 69), (70, 71))
#: Outer lip point → the inner ones whose mean shift it shares, so that lips keep their thickness.
OUTER_FOLLOWS = {49: (61, 68), 50: (61,), 51: (62,), 52: (63,), 53: (63, 70)}
OUTER_FOLLOWS |= {55: (65, 71), 56: (65,), 57: (66,), 58: (67,), 59: (67, 69)}
CHIN, CHIN_ROOM = 8, 0.15  # room below it, of the frame
LEAST_GAP = 0.4  # px of 256, of facing points: where they coincide, triangles between them turn over
LEAST_SHARE = 0.6  # of the source's gap between facing points, that the spline leaves open
