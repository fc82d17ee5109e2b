"""Tests of the reading of templates, a file a form."""
