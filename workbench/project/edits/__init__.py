"""Steps that can be undone, steps across the project, and the saver that writes them."""
