// An application of the business, by the certified client library `openid-client` of npm.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { Browser } from "./browser.mjs";

// `import` does not look for packages in NODE_PATH.
const client = createRequire(import.meta.url)("openid-client");

const [issuer, planner, feeder, login, password] = process.argv.slice(2).map((argument) => {
  return argument.startsWith("{") ? JSON.parse(argument) : argument;
});
const back = "https://planner.example.org/back";
const goodbye = "https://planner.example.org/goodbye";
const insecure = { execute: [client.allowInsecureRequests] };
const discover = ({ id, secret }) => client.discovery(new URL(issuer), id, secret, undefined, insecure);
const step = (name) => console.log(name);
const refused = (promise, error) => assert.rejects(promise, (reason) => (reason.error ?? reason.cause?.error) === error);

const config = await discover(planner);
const browser = new Browser();
step("discovery");

// The address of an authorization request, and the checks of its answer.
async function authorization(more = {}) {
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
    idTokenExpected: true,
  };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: back,
    scope: "openid profile email offline_access api:read",
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: "S256",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...more,
  });
  return { url: url.href, checks };
}

// Without a session the user signs in, and then gives consent.
const first = await authorization();
let page = await browser.open(first.url, back);
page = await browser.submit(page, { login, password: "something else, quite wrong" }, back);
assert.match(page.html, /role="alert"/);
page = await browser.submit(page, { login, password }, back);
assert.match(page.html, /Planner/);
assert.match(page.html, /see what you may see here/);
page = await browser.submit(page, { answer: "allow" }, back);
assert.equal(page.status, 303);
const tokens = await client.authorizationCodeGrant(config, new URL(page.url), first.checks);
const { sub, sid } = tokens.claims();
assert.ok(sid);
step("code and PKCE");

const user = await client.fetchUserInfo(config, tokens.access_token, sub);
assert.equal(user.email, login);
assert.ok(user.name);
step("userinfo");

const request = (token, path, method = "GET") =>
  fetch(`${issuer}/api/v1${path}`, { method, headers: { authorization: `Bearer ${token}` } });
assert.equal((await request(tokens.access_token, "/me")).status, 200);
assert.equal((await request(tokens.access_token, `/users/${sub}/change-profile`, "POST")).status, 403);
step("what was agreed to, and no more");

const second = await client.refreshTokenGrant(config, tokens.refresh_token);
assert.notEqual(second.refresh_token, tokens.refresh_token);
const less = await client.refreshTokenGrant(config, second.refresh_token, { scope: "openid" });
assert.equal(less.scope, "openid");
assert.equal((await request(less.access_token, "/me")).status, 403);
assert.equal((await client.tokenIntrospection(config, second.access_token)).active, true);
step("refresh");

// The first token is used again after its successor: it must be in other hands.
await refused(client.refreshTokenGrant(config, tokens.refresh_token), "invalid_grant");
await refused(client.refreshTokenGrant(config, less.refresh_token), "invalid_grant");
for (const { access_token } of [tokens, second, less]) {
  assert.equal((await client.tokenIntrospection(config, access_token)).active, false);
  assert.equal((await request(access_token, "/me")).status, 401);
}
step("replay of an old refresh token");

// With a session and an earlier consent no page is shown.
const silent = await authorization({ prompt: "none" });
page = await browser.open(silent.url, back);
const again = await client.authorizationCodeGrant(config, new URL(page.url), silent.checks);
assert.equal(again.claims().sub, sub);
assert.notEqual(again.claims().sid, sid);
step("single sign-on");

await refused(client.authorizationCodeGrant(config, new URL(page.url), silent.checks), "invalid_grant");
await refused(client.refreshTokenGrant(config, again.refresh_token), "invalid_grant");
step("replay of a code");

page = await browser.open((await authorization({ prompt: "login" })).url, back);
assert.match(page.html, /type="password"/);
const denied = await authorization({ prompt: "consent" });
page = await browser.submit(await browser.open(denied.url, back), { answer: "deny" }, back);
await refused(client.authorizationCodeGrant(config, new URL(page.url), denied.checks), "access_denied");
step("prompts");

const third = await authorization();
page = await browser.open(third.url, back);
const last = await client.authorizationCodeGrant(config, new URL(page.url), third.checks);
await client.tokenRevocation(config, last.refresh_token);
await refused(client.refreshTokenGrant(config, last.refresh_token), "invalid_grant");
assert.equal((await request(last.access_token, "/me")).status, 401);
step("revocation");

const service = await discover(feeder);
const own = await client.clientCredentialsGrant(service, { scope: "api" });
assert.equal(own.refresh_token, undefined);
const me = await (await request(own.access_token, "/me")).json();
assert.equal(me.data.role, "purchase_system");
await refused(client.clientCredentialsGrant(config, {}), "unauthorized_client");
const thief = await discover({ ...feeder, secret: "wrong" });
await assert.rejects(client.clientCredentialsGrant(thief), (reason) => reason.status === 401);
step("client credentials");

const state = client.randomState();
const end = client.buildEndSessionUrl(config, {
  id_token_hint: last.id_token,
  post_logout_redirect_uri: goodbye,
  state,
});
page = await browser.open(end.href, goodbye);
assert.equal(page.url, `${goodbye}?state=${state}`);
const after = await authorization({ prompt: "none" });
page = await browser.open(after.url, back);
await refused(client.authorizationCodeGrant(config, new URL(page.url), after.checks), "login_required");
step("logout");
