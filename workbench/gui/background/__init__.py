"""Work off the window's thread, and its way back."""
