"""What the window and the engine say to each other, and the process that runs the engine."""
