"""一公开: lists, site, workbooks, open data, and the privacy gate."""
