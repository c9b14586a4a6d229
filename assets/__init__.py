"""What we keep: one module per stage. An asset reads, applies one rule, writes, reports.

Rules live in `onevisit/`; whether a table is right is asked in `checks/`.
"""
