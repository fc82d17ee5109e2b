"""What the approval desk runs in Lambda: `desk` takes decisions, tells workflows, and spreads the news."""
