"""What the approval desk runs in Lambda: `api` takes decisions, `teller` tells the workflow."""
