"""What a project of images offers to learn from, as far as the window knows it by itself."""

from workbench.gui.train.image_labels import ImageLabelSummary

DATA = ImageLabelSummary()
