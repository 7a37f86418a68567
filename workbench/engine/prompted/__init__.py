"""Models that find a thing by clicks (Segment Anything and its like), as two ONNX files."""
