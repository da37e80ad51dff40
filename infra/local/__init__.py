"""settings → here → PostgreSQL, Valkey and Kafka on this machine, without Docker.

`servers` prepares them, `launcher` keeps them and everything else up; the other files each know one thing that those two need.
"""
