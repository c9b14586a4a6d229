"""Is it right? Contracts of single tables (block), rules across tables (block or warn), the yearly review (warns)."""
