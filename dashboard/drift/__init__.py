"""The parts of the Drift page."""
