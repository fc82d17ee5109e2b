"""A purchase-request desk: one believable system made of the library's patterns."""
