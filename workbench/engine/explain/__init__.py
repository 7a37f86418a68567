"""Why a model saw what it saw."""
