"""One visit, many checks: obligations to visits, inspectors to teams (policy IV)."""
