"""Every number and every mark in Results, from raw predictions and thresholds."""
