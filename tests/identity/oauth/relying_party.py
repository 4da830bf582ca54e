"""An application of the business, by the client library `authlib` of PyPI."""

import html
import json
import re
import sys
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, JsonWebToken
from authlib.oidc.core import CodeIDToken

BACK = "https://planner.example.org/back"
GOODBYE = "https://planner.example.org/goodbye"
SCOPE = "openid email offline_access"


class Browser:
    """The parts of a browser that signing in needs."""

    def __init__(self):
        self.cookies = {}

    def open(self, url, data=None):
        """The page at an address, or the address that it redirects to."""
        method = "POST" if data else "GET"
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": cookie} if cookie else {}
        answer = requests.request(method, url, data=data, headers=headers, allow_redirects=False, timeout=30)
        self.cookies.update(answer.cookies.get_dict())
        self.cookies = {name: value for name, value in self.cookies.items() if value}
        return answer.headers.get("Location") or answer.text

    def submit(self, url, page, **typed):
        """Submits the form of a page."""
        action = re.search(r'<form[^>]* action="([^"]*)"', page)[1]
        fields = dict(re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', page))
        fields = {name: html.unescape(value) for name, value in fields.items()}
        return self.open(urljoin(url, action), {**fields, **typed})


def refused(error, request):
    """Asserts that a request is refused with this error."""
    try:
        request()
    except OAuthError as reason:
        assert reason.error == error, reason
        return
    raise AssertionError(f"it was not refused: {error}")


def main(issuer, planner, feeder, login, password):
    metadata = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=30).json()
    assert metadata["issuer"] == issuer
    print("discovery")

    client = OAuth2Session(
        planner["id"], planner["secret"], scope=SCOPE, redirect_uri=BACK, code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_post",
    )
    browser, verifier, nonce = Browser(), generate_token(48), generate_token(32)
    url, state = client.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce
    )
    page = browser.submit(url, browser.open(url), login=login, password=password)
    location = browser.submit(url, page, answer="allow")
    assert location.startswith(BACK), location
    params = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
    assert params["state"] == state and params["iss"] == issuer, params
    token = client.fetch_token(
        metadata["token_endpoint"], authorization_response=location, code_verifier=verifier, state=state
    )
    keys = JsonWebKey.import_key_set(requests.get(metadata["jwks_uri"], timeout=30).json())
    claims = JsonWebToken(metadata["id_token_signing_alg_values_supported"]).decode(
        token["id_token"], keys, claims_cls=CodeIDToken,
        claims_options={"iss": {"value": issuer}, "aud": {"value": planner["id"]}},
        claims_params={"nonce": nonce, "client_id": planner["id"], "access_token": token["access_token"]},
    )
    claims.validate()
    print("code and PKCE")

    user = client.get(metadata["userinfo_endpoint"]).json()
    assert (user["sub"], user["email"]) == (claims["sub"], login), user
    assert "name" not in user, user
    print("userinfo")

    first, endpoint = dict(token), metadata["token_endpoint"]
    second = dict(client.refresh_token(endpoint, refresh_token=first["refresh_token"]))
    third = dict(client.refresh_token(endpoint, refresh_token=second["refresh_token"]))
    assert len({tokens["refresh_token"] for tokens in (first, second, third)}) == 3
    print("refresh")

    refused("invalid_grant", lambda: client.refresh_token(endpoint, refresh_token=first["refresh_token"]))
    refused("invalid_grant", lambda: client.refresh_token(endpoint, refresh_token=third["refresh_token"]))
    introspection = client.introspect_token(metadata["introspection_endpoint"], token=third["access_token"]).json()
    assert introspection == {"active": False}, introspection
    print("replay of an old refresh token")

    service = OAuth2Session(feeder["id"], feeder["secret"], scope="api")
    own = service.fetch_token(endpoint, grant_type="client_credentials")
    assert "refresh_token" not in own and own["scope"] == "api", own
    assert service.get(f"{issuer}/api/v1/me").json()["data"]["role"] == "purchase_system"
    print("client credentials")

    answer = client.revoke_token(metadata["revocation_endpoint"], token=third["refresh_token"])
    assert answer.status_code == 200, answer.text
    print("revocation")

    end = requests.Request("GET", metadata["end_session_endpoint"], params={
        "id_token_hint": first["id_token"], "post_logout_redirect_uri": GOODBYE, "state": "x",
    }).prepare().url
    assert browser.open(end) == f"{GOODBYE}?state=x"
    assert "type=\"password\"" in browser.open(url)
    print("logout")


if __name__ == "__main__":
    main(*(json.loads(argument) if argument.startswith("{") else argument for argument in sys.argv[1:]))
