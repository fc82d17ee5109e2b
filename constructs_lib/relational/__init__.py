"""Relational databases that functions reach through RDS Proxy, each as its own database user."""
