"""The engine: protocol, client, worker, runtime and backends."""
