"""PostgreSQL behind the endpoints of Aurora, RDS and RDS Proxy."""
