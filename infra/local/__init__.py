"""settings → here → PostgreSQL, Valkey and Kafka on this machine, without Docker.

`servers` prepares them, `launcher` keeps them and all else up; each other file knows one thing that those two need.
"""
