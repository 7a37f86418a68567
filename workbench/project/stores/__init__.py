"""How the labels of a project's images are kept on disk: Pascal VOC, or another format."""
