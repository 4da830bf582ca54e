"""A subscriber that uses nothing of Servicebook but its bus and its published schemas.

    subscriber.py NATS_URL HTTP_URL EVENT [EVENT …]

Reads the stream EVENTS from its beginning until it has seen every event that is named, checks each
message as a CloudEvent and its data against the published JSON Schema, and prints a line for each
kind of event. Fails with a sentence when a message is not valid.
"""

import asyncio
import json
import sys
import urllib.request

import nats
from jsonschema import Draft202012Validator
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

REQUIRED = ("specversion", "id", "source", "type", "time", "datacontenttype", "dataschema", "data")


def validator(base, event, cache={}):
    """The validator of the published schema of an event."""
    kind = event["type"]
    if kind not in cache:
        with urllib.request.urlopen(f"{base}/api/v1/schemas/events/{kind}.json") as answer:
            schema = json.load(answer)
        assert schema["$id"] == event["dataschema"], (schema["$id"], event["dataschema"])
        Draft202012Validator.check_schema(schema)
        cache[kind] = Draft202012Validator(schema)
    return cache[kind]


def check(base, message):
    """The type of an event, if it is a valid CloudEvent with valid data."""
    event = json.loads(message.data)
    missing = [name for name in REQUIRED if name not in event]
    assert not missing, f"{message.subject}: {missing} are missing"
    assert event["specversion"] == "1.0", event["specversion"]
    assert event["datacontenttype"] == "application/json", event["datacontenttype"]
    assert message.subject.endswith("." + event["type"]), (message.subject, event["type"])
    assert event["id"] == str(message.metadata.sequence.stream), "id and sequence differ"
    extensions = [name for name in event if name not in REQUIRED]
    wrong = [name for name in extensions if not (name.isalnum() and name == name.lower())]
    assert not wrong, f"{wrong} are no names of CloudEvents attributes"
    errors = [error.message for error in validator(base, event).iter_errors(event["data"])]
    assert not errors, f"{event['type']}: {errors}"
    return event["type"]


async def main(url, base, expected):
    bus = await nats.connect(url)
    jetstream = bus.jetstream()
    config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.NONE)
    events = await jetstream.subscribe("events.>", stream="EVENTS", config=config, ordered_consumer=True)
    seen = set()
    while not expected <= seen:
        message = await events.next_msg(timeout=30)
        kind = check(base, message)
        if kind not in seen:
            seen.add(kind)
            print(kind, flush=True)
    await bus.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], set(sys.argv[3:])))
