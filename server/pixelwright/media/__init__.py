"""Files in: pictures, with limits."""
