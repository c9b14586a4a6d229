"""Measurements that take minutes: how well and how fast records are linked. Not part of what is installed."""
