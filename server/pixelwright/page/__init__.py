"""A screenshot becomes a page: page model, read, write, check."""
