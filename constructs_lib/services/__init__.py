"""Beside the API: queues between the parts, and containers."""
