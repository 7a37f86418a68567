"""What a medium is: pictures and sounds, read, measured and shown the same way everywhere."""
