"""Documents on paper: what one says (`content`), and its two forms, Word (`word`) and PDF (`pdf`)."""
