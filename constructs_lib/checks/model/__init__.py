"""Templates as data: stacks, resources, places in them, and what their values lead to."""
