"""The embedded engines (PostgreSQL, Valkey, SeaweedFS) and the supervisor that owns them."""
