"""What was found: result files to findings, and who is late."""
