"""The place where videos are labelled: frames, tracks and the time line."""
