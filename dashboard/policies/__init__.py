"""The parts of the Policies page."""
