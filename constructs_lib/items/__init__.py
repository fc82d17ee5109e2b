"""DynamoDB: tables, their capacity, and the cache before them."""
