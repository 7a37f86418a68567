"""One folder per task: what is learned, how it is judged and how it is shown."""
