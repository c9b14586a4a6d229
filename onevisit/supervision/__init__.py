"""The yearly review of the two registries (policy III.3)."""
