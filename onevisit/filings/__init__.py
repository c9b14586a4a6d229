"""Departments hand in, nothing twice: files to rows, every row kept or refused."""
