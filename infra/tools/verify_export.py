"""Checks an export of the log by itself: verify_export.py FILE [HASH …]

FILE is what `servicebook export` wrote. Each HASH is one that somebody kept, from the stream SEGMENTS
of the bus or from an earlier export: the log must still contain what it vouched for.

The digest of an event is the SHA-256 of its line, without the end of line. The hash of a segment is
the SHA-256 of the hash before it (of nothing, for the first) and the digests of its events in order.
"""

import hashlib
import json
import sys


def check(lines):
    """Yields the hash of each segment that is as it must be; fails with a sentence otherwise."""
    position = number = first = 0
    previous, digests = b"", []
    for line in lines:
        line = line.rstrip(b"\n")
        fields = json.loads(line)
        if "segment" not in fields:
            position += 1
            if fields["position"] != position:
                sys.exit(f"{fields['position']} stands where {position} should be")
            digests.append(hashlib.sha256(line).digest())
            continue
        number, first = number + 1, position - len(digests) + 1
        if (fields["segment"], fields["first"], fields["last"]) != (number, first, position):
            sys.exit(f"segment {fields['segment']} is not the one that belongs behind {position}")
        found = hashlib.sha256(previous + b"".join(digests)).hexdigest()
        if found != fields["hash"]:
            sys.exit(f"segment {number}: positions {first} to {position} are not what was recorded")
        previous, digests = bytes.fromhex(found), []
        yield found
    print(f"{number} segments vouch for {position - len(digests)} of {position} events.")


if len(sys.argv) < 2:
    sys.exit(__doc__)
with open(sys.argv[1], "rb") as export:
    missing = set(sys.argv[2:]) - set(check(export))
if missing:
    sys.exit(f"the log does not contain what {', '.join(sorted(missing))} vouched for")
