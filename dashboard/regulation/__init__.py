"""Parts of the page Regulation."""
