"""Calls by the client that openapi-python-client made of the contract, which is on the path as `servicebook`.

    calls.py URL LOGIN PASSWORD

Every answer has the status that is expected, and is of a type of its own.
"""

import sys
from importlib import import_module
from uuid import UUID, uuid4

from servicebook import AuthenticatedClient, Client, models

count = 0


def call(client, operation, status, *path, **arguments):
    """What an operation answers, which is of the type that the contract names for this status."""
    global count
    count += 1
    tag = operation.split(".")[0]
    module = import_module(f"servicebook.api.{tag}.{operation.replace('.', '_')}")
    answer = module.sync_detailed(*path, client=client, **arguments)
    assert answer.status_code == status, f"{operation}: {answer.status_code} {answer.content!r}"
    assert answer.parsed is not None, f"{operation}: nothing says what {answer.content!r} is"
    return answer.parsed


def main(url, login, password):
    guest = Client(base_url=url)
    credentials = models.Login(login=login, password=password)
    token = call(guest, "identity.session.start", 200, body=credentials).access_token
    api = AuthenticatedClient(base_url=url, token=token)

    # Who we are, and what everybody may ask.
    assert isinstance(call(api, "identity.session.me", 200).data.user, UUID)
    assert call(guest, "identity.session.me", 401).code == "unauthenticated"
    call(guest, "identity.provider.list_enabled", 200, domain="example.org")
    wrong = models.Login(login=login, password="wrong")
    assert call(guest, "identity.session.start", 401, body=wrong).code == "not_signed_in"

    # A customer from beginning to end.
    new = models.CrmCustomerNewCustomer(walk_in=True, name="Anna Generated")
    key = str(uuid4())
    created = call(api, "crm.customer.create", 201, body=new, idempotency_key=key)
    again = call(api, "crm.customer.create", 201, body=new, idempotency_key=key)
    assert again.data.id == created.data.id
    anna = created.data.id
    found = call(api, "crm.customer.find", 200, anna, x_min_position=created.meta.position)
    assert found.data.display_name == "Anna Generated", found
    patched = models.CrmCustomerPatch(name="Anna B. Generated")
    changed = call(api, "crm.customer.patch", 200, anna, body=patched, if_match='"1"')
    assert changed.meta.version == 2, changed
    stale = call(api, "crm.customer.patch", 412, anna, body=patched, if_match='"1"')
    assert stale.code == "stale", stale
    email = models.CrmCustomerAddContactPointBody.from_dict(
        {"contact": {"kind": "email", "value": "anna@generated.example"}}
    )
    call(api, "crm.customer.add_contact_point", 200, anna, body=email)
    call(api, "crm.customer.archive", 200, anna)
    refused = call(api, "crm.customer.patch", 409, anna, body=patched)
    assert isinstance(refused, models.CrmCustomerRefusal) and refused.code == "archived", refused
    call(api, "crm.customer.restore", 200, anna)
    history = call(api, "crm.customer.history", 200, anna)
    assert [event.type_ for event in history.data][:2] == ["CustomerCreated", "CustomerRenamed"], history
    call(api, "crm.customer.explain", 200, anna, field="display_name")

    # Lists, by filters, pages and words.
    for other in ["Berta Generated", "Clara Generated"]:
        body = models.CrmCustomerNewCustomer(walk_in=True, name=other)
        created = call(api, "crm.customer.create", 201, body=body)
    page = {"limit": 2, "sort": models.CrmCustomerListSort.DISPLAY_NAME, "x_min_position": created.meta.position}
    first = call(api, "crm.customer.list", 200, **page)
    rest = call(api, "crm.customer.list", 200, **page, cursor=first.page.next_)
    assert len(first.data) == 2 and first.data[0].id != rest.data[0].id
    assert call(api, "crm.customer.list", 422, cursor="nowhere").fields
    for topic in [
        "catalog.product", "identity.user", "licensing.license", "notifications.notification",
        "organizations.cabinet", "purchasing.purchase", "scheduling.appointment", "scheduling.resource",
        "scheduling.service", "support.issue",
    ]:
        rows = call(api, f"{topic}.list", 200, limit=5).data
        if rows:
            assert call(api, f"{topic}.find", 200, rows[0].id).data.id == rows[0].id
    print(f"{count} calls")


main(*sys.argv[1:])
