"""The samples of a project and their labels: which there are, reading them, editing them."""
