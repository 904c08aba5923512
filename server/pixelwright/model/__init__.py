"""Qwen3-VL on this machine: weights, preprocessing, prefill, decoding. Knows tokens and tensors, no pages.

Nothing here is imported before a model is asked for: `torch` takes seconds.
"""
