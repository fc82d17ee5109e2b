"""The desk's functions: `api` takes decisions, `teller` tells the workflow, `notifier` tells people and event buses."""
