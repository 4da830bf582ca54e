"""Parquet files, read by DuckDB."""

import tempfile

import duckdb

DB = duckdb.connect()
DB.execute("set TimeZone = 'UTC'")


def read(content):
    """The rows of a file as dictionaries, and its metadata."""
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        file.write(content)
        file.flush()
        return read_file(file.name)


def read_file(name):
    notes = dict(DB.execute("select decode(key), decode(value) from parquet_kv_metadata($1)", [name]).fetchall())
    found = DB.execute("select * from read_parquet($1)", [name])
    names = [column[0] for column in found.description]
    return [dict(zip(names, row)) for row in found.fetchall()], notes
