"""Many counties at once: one county's stages as one pure function, which any engine can call."""
