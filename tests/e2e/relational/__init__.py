"""A small app on one relational database, deployed to the local AWS by the tests beside it."""
