"""What only training needs: talking clips, synthetic speech, augmentation, training loops."""
