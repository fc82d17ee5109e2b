"""What is measured, in one run, side by side; anyone can run it."""
