"""Tests of the documented rules, a file an area."""
