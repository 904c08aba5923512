"""Pixelwright makes code from pictures, on the user's own machine."""

__version__ = "0.1.0"
