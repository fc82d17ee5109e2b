"""Tests of the model of the checks."""
