"""The built-in demonstration county: a seeded generator of departmental files, made up from nothing real."""
