"""A function inside the VPC that runs SQL for one outside it. It has no rights of its own, and needs no endpoint."""
