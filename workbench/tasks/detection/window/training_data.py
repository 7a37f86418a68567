"""What a project of images offers to learn from, as far as the window knows it by itself."""

from workbench.gui.app.image_labels import ObjectLabelSummary

DATA = ObjectLabelSummary()
