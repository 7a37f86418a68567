"""The domain without disk, screen or torch: boxes, annotations, classes, undo, schemas, errors."""
