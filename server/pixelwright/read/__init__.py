"""Pixels to readings: what a picture itself says, as plain data."""
