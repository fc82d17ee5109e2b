"""What keeps the files up to date that are made and not written."""
