"""Tries what the users of the bus may not do, with another client in another language.

    intruder.py SOURCE SUBSCRIBER PROJECTOR

The addresses are those of a source called webshop, of a subscriber called reporting, and of a projector
of Servicebook's own. Everything forbidden must be refused, and what each is allowed must still work.
Fails with a sentence otherwise.
"""

import asyncio
import json
import sys

import nats

EVENT = "events.licensing.license.LicenseIssued"
ADMINISTRATION = [
    "STREAM.CREATE.MINE", "STREAM.UPDATE.EVENTS", "STREAM.PURGE.EVENTS", "STREAM.DELETE.EVENTS",
    "STREAM.MSG.DELETE.EVENTS", "STREAM.PURGE.INGEST", "STREAM.DELETE.INGEST", "STREAM.MSG.DELETE.INGEST",
    "CONSUMER.CREATE.EVENTS.mine", "CONSUMER.DELETE.EVENTS.reporting", "CONSUMER.CREATE.INGEST.mine",
]


async def connect(url):
    async def quiet(_):
        pass

    user = url.split("//")[1].split(":")[0]
    return await nats.connect(url, error_cb=quiet, inbox_prefix=f"_INBOX.{user}".encode())


async def stored(bus, subject, data=b"{}"):
    """Whether JetStream acknowledges a message."""
    try:
        await bus.jetstream().publish(subject, data, timeout=1)
        return True
    except Exception:
        return False


async def allowed(bus, request):
    """Whether JetStream executes an administrative request."""
    for api in ("$JS.API", "$JS.servicebook.API"):
        body = json.dumps({"name": request.split(".")[-1], "seq": 1}).encode()
        try:
            answer = json.loads((await bus.request(f"{api}.{request}", body, timeout=0.5)).data)
        except Exception:
            continue
        if "error" not in answer:
            return True
    return False


async def main(source, subscriber, projector):
    source_bus, subscriber_bus, projector_bus = [await connect(url) for url in (source, subscriber, projector)]

    # What they are allowed.
    assert await stored(source_bus, "ingest.purchases.webshop"), "a source cannot send"
    jetstream = subscriber_bus.jetstream(domain="servicebook")
    events = await jetstream.pull_subscribe_bind("reporting", stream="EVENTS")
    first = await events.fetch(3, timeout=10)
    assert [message.metadata.sequence.stream for message in first] == [1, 2, 3], "events are missing"
    for message in first:
        await message.ack_sync()

    for name, bus in (("source", source_bus), ("subscriber", subscriber_bus), ("projector", projector_bus)):
        assert not await stored(bus, EVENT), f"a {name} forges an event"
        for subject in ("ingest.purchases.other", "ingest.purchases", "ingest.orders.webshop"):
            assert not await stored(bus, subject), f"a {name} publishes {subject}"
        for request in ADMINISTRATION:
            assert not await allowed(bus, request), f"a {name} may {request}"
    assert not await stored(subscriber_bus, "ingest.purchases.webshop"), "a subscriber publishes"

    # A source receives nothing, and no outside user receives internal messages.
    received = []

    async def receive(message):
        received.append(message.subject)

    for bus, subjects in ((source_bus, ("events.>", "ingest.>", "servicebook.>", "$SRV.>", "_INBOX.>", "$JS.>")),
                          (subscriber_bus, ("ingest.>", "servicebook.>", "$SRV.>", "$JS.API.>"))):
        for subject in subjects:
            await bus.subscribe(subject, cb=receive)
    for bus in (source_bus, subscriber_bus):
        # Forged messages of the registry of processes.
        for subject in ("servicebook.registry.joined", "servicebook.registry.left", "servicebook.mirrored"):
            await bus.publish(subject, b'{"position":1,"born":"2026-01-01T00:00:00Z"}')
        await bus.flush()
    await asyncio.sleep(2)
    # They receive their own messages, in accounts that nobody else uses.
    foreign = [subject for subject in received if not subject.startswith("servicebook.registry.")
               and subject != "servicebook.mirrored"]
    assert not foreign, f"they hear {foreign}"
    assert not received.count("servicebook.registry.who"), "they hear the registry"

    # The server sends answers to any reply subject. It must not store them.
    for subject in (EVENT, "ingest.purchases.other", "$JS.API.STREAM.DELETE.EVENTS"):
        await source_bus.publish("ingest.purchases.webshop", b"{}", reply=subject)
        await subscriber_bus.publish("$JS.servicebook.API.DIRECT.GET.EVENTS", b'{"seq":1}', reply=subject)
        await subscriber_bus.publish("$JS.servicebook.API.CONSUMER.MSG.NEXT.EVENTS.reporting", b"1", reply=subject)
    for bus in (source_bus, subscriber_bus):
        await bus.flush()

    async def quiet(_):
        pass

    host = source.rsplit("@")[1]
    for url in (f"nats://{host}", f"nats://webshop:wrong@{host}"):
        try:
            await nats.connect(url, allow_reconnect=False, max_reconnect_attempts=1, error_cb=quiet)
        except Exception:
            continue
        raise AssertionError(f"{url} is let in")
    assert await stored(source_bus, "ingest.purchases.webshop"), "a source cannot send any more"
    print("Nothing could be done.")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
