"""Areas in images: the class of each pixel (semantic segmentation)."""
