"""Live page: one face in the browser, for any number of viewers."""
