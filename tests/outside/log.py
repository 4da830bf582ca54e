"""Compares the log as a Parquet file with the log as lines of JSON. Arguments: the two files."""

import json
import sys
from datetime import datetime

import parquet


def main():
    table, lines = sys.argv[1:]
    rows, _ = parquet.read_file(table)
    with open(lines) as file:
        events = [event for event in map(json.loads, file) if "position" in event]
    assert len(rows) == len(events) > 0, (len(rows), len(events))
    effective = 0
    for row, event in zip(rows, events):
        meta = event.pop("meta")
        assert json.loads(row.pop("data")) == event.pop("data"), row
        recorded_at = datetime.fromisoformat(event.pop("recorded_at"))
        assert row.pop("recorded_at") == recorded_at, row
        effective_at = meta.get("effective_at")
        effective += effective_at is not None
        assert row.pop("effective_at") == (datetime.fromisoformat(effective_at) if effective_at else recorded_at), row
        for name in ("actor", "on_behalf_of", "command", "correlation", "causation"):
            event[name] = meta.get(name)
        assert row == event, (row, event)
    print(f"{len(rows)} events, {effective} took effect at another time")


main()
