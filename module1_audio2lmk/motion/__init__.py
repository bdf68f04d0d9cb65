"""Motion of a face: mouth, head, blinks, and the rig that they move."""
