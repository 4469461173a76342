"""The parts of the Re-score page."""
