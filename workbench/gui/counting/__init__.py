"""Lines and zones that a person draws on videos: at which things are counted."""
