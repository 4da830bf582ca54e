"""Licences as they were at random instants, as Servicebook tells them and as they come of the bus.

    past.py NATS_URL API_URL TOKEN POSITION INSTANTS SEED

Folds the events of licences up to POSITION from the bus, by what their published schemas say and nothing else, and
compares a list and an item at as many random instants. Prints how many licences were compared; fails with what differs.
"""

import asyncio
import json
import random
import sys
from datetime import datetime, timedelta

import nats
import requests
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

DEFINED = (
    "id", "version", "created_at", "updated_at", "cabinet_id", "product_id", "quantity", "parameters",
    "parameters_version", "status", "starts_at", "ends_at", "terms", "grace_days", "notices", "reason",
    "purchase_id", "line",
)


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None


async def events_of_licenses(url, position):
    bus = await nats.connect(url)
    config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.NONE)
    messages = await bus.jetstream().subscribe("events.>", stream="EVENTS", config=config, ordered_consumer=True)
    events, reached = [], 0
    while reached < position:
        event = json.loads((await messages.next_msg(timeout=30)).data)
        reached = int(event["id"])
        if event["streamid"].startswith("licensing.license/"):
            events.append(event)
    await bus.close()
    return events


def fold(events, moment):
    licenses = {}
    for event in events:
        if instant(event["time"]) <= moment:
            license = licenses.setdefault(event["subject"], {})
            apply(license, event["type"].removeprefix("License"), event["data"])
            license["version"] = event["streamversion"]
            license.setdefault("created_at", instant(event["time"]))
            license["updated_at"] = instant(event["time"])
    return {id: told(id, license, moment) for id, license in licenses.items()}


def apply(license, kind, data):
    if kind == "Issued":
        license.update(data["grant"], terms=[data["term"]], suspended=False, revoked=False, reason=None)
    elif kind == "Renewed":
        license["terms"].append(data["term"])
    elif kind == "ParametersChanged":
        license.update(schema=data["schema"], parameters=data["parameters"])
    elif kind == "QuantityChanged":
        license["quantity"] = data["quantity"]
    elif kind == "Suspended":
        license.update(suspended=True, reason=data["reason"])
    elif kind == "Reinstated":
        license.update(suspended=False, reason=None)
    elif kind == "Revoked":
        license.update(revoked=True, reason=data["reason"])
    else:
        assert kind in ("ExpiryNoticed", "Expired"), kind


def told(id, license, moment):
    terms = [{"from": instant(term["from"]), "until": instant(term.get("until"))} for term in license["terms"]]
    origin = license.get("origin") or {}
    return {
        "id": id, "version": license["version"],
        "created_at": license["created_at"], "updated_at": license["updated_at"],
        "cabinet_id": license["cabinet"], "product_id": license["product"],
        "quantity": license["quantity"], "parameters": license["parameters"],
        "parameters_version": license["schema"], "status": status(license, terms, moment),
        "starts_at": terms[-1]["from"], "ends_at": terms[-1]["until"], "terms": terms,
        "grace_days": license["grace_days"], "notices": license["notices"], "reason": license["reason"],
        "purchase_id": origin.get("purchase"), "line": origin.get("line"),
    }


def status(license, terms, moment):
    begun = [term for term in terms if term["from"] <= moment]
    end = begun[-1]["until"] if begun else None
    over = moment - end if end and end <= moment else None
    if license["revoked"]:
        return "revoked"
    if over is not None and over >= timedelta(days=license["grace_days"]):
        return "expired"
    if license["suspended"]:
        return "suspended"
    return "grace" if over is not None else "active" if begun else "pending"


def read(row):
    row = {name: row[name] for name in DEFINED}
    for name in ("created_at", "updated_at", "starts_at", "ends_at"):
        row[name] = instant(row[name])
    row["terms"] = [{"from": instant(term["from"]), "until": instant(term["until"])} for term in row["terms"]]
    return row


def main():
    url, base, token, position, count, seed = sys.argv[1:]
    events = asyncio.run(events_of_licenses(url, int(position)))
    first, last = instant(events[0]["time"]), instant(events[-1]["time"])
    chance = random.Random(int(seed))
    api = requests.Session()
    api.headers["Authorization"] = f"Bearer {token}"

    def get(path, moment):
        query = {"as_of": moment.isoformat().replace("+00:00", "Z")}
        return api.get(base + path, params=query | ({"limit": 200} if path == "/licenses" else {}), timeout=30)

    compared, statuses = 0, set()
    for _ in range(int(count)):
        moment = first + (last - first) * chance.uniform(-0.02, 1)
        expected = fold(events, moment)
        page = get("/licenses", moment)
        assert page.status_code == 200, page.text
        answered = {row["id"]: read(row) for row in page.json()["data"]}
        assert answered == expected, f"as of {moment}, seed {seed}: {differences(answered, expected)}"
        id = chance.choice(events)["subject"]
        item = get(f"/licenses/{id}", moment)
        answered = read(item.json()["data"]) if item.status_code == 200 else None
        assert answered == expected.get(id), f"{id} as of {moment}: {item.text}, {expected.get(id)}"
        assert answered or item.status_code == 404, item.text
        compared += len(expected)
        statuses |= {license["status"] for license in expected.values()}
    missing = {"pending", "active", "suspended", "grace", "expired", "revoked"} - statuses
    assert not missing, f"no licence was {missing} at any instant"
    print(f"{compared} licences at {count} instants, {len(events)} events")


def differences(answered, expected):
    ids = answered.keys() | expected.keys()
    return [(answered.get(id), expected.get(id)) for id in ids if answered.get(id) != expected.get(id)][:2]


if __name__ == "__main__":
    main()
