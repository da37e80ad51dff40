"""Topics → agents → Postgres, Redis and topics. Read `worker` (who runs), `guard` (what becomes of a record), `agents`."""
