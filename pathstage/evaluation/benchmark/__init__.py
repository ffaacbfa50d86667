"""The benchmark: systems on datasets, in folds of hospitals, from one configuration to tables and a page.

    config ──▶ run (a process a system) ──▶ saved predictions ──▶ results ──▶ JSON · HTML · Markdown

Every measure is computed from the saved predictions, never from what a run remembers.
"""
