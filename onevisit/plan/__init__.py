"""The merged annual plan: parse, bound, merge, sign off (policy III.5)."""
