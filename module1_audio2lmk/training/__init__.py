"""Training of speech networks, which nothing else needs: clips, synthetic speech, augmentation, loops."""
