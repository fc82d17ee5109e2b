"""Tests of the embedded local AWS."""
