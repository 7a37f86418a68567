"""The areas of an image, suggested from a few strokes while a person paints them: numpy alone."""
