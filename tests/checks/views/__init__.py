"""Tests of the views of the checks."""
