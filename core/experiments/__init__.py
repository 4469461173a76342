"""Pure statistics on arrays: no store, no screen, no random state of its own."""
