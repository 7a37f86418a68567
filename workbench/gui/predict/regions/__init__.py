"""What was found in sounds: regions on spectrograms, to be seen and heard one after the other."""
