"""Tests of the protected API, its domains and its logs."""
