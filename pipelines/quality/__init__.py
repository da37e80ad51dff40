"""rows of Postgres, or of a day that comes in → here → which rules they break, row by row. Great Expectations asks."""
