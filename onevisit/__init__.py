"""The rules of a county's "双随机、一公开" year.

Pure functions over frames and values, one subpackage per stage, left to right: filings,
registries, plan, draw, visits, results, publish, supervision. Nothing here reads a clock, a path
or the environment, and nothing here knows the orchestrator: a public draw must be checkable by
people who will never install one.
"""
