"""The review page: where the bureau decides on the yearly plan in a browser on its own machine.

The rules are those of the plan stage (`onevisit/plan/`), the log is the decision log: here is only who
may come in, what a page shows, and how an answer gets into the log. Nothing is loaded from elsewhere.
"""
