// An organisation's own provider, by the certified library `oidc-provider` of npm, and users of that
// organisation who sign in at it.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { Browser } from "./browser.mjs";

// `import` does not look for packages in NODE_PATH.
const { default: Provider } = createRequire(import.meta.url)("oidc-provider");

const [issuer, port, planner, secret, acme, other, ...people] = process.argv.slice(2);
const back = "https://planner.example.org/back";

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    { client_id: "servicebook", client_secret: "a secret: of both", redirect_uris: [`${issuer}/oauth2/callback`] },
  ],
  claims: { openid: ["sub"], email: ["email", "email_verified"] },
  // `anna@acme.example!2` is another account with the same address.
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: id.split("!")[0], email_verified: !id.endsWith("?") }),
  }),
});
const server = provider.listen(Number(port), "127.0.0.1");

// Signs in at the provider; returns the last page, or the address of the application.
async function signIn(account, address = account.replace(/[!?].*$/, "")) {
  const browser = new Browser();
  const verifier = randomBytes(32).toString("base64url");
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const url = `${issuer}/oauth2/authorize?` + new URLSearchParams({
    response_type: "code", client_id: planner, redirect_uri: back, scope: "openid api",
    code_challenge: challenge, code_challenge_method: "S256", state: "s",
  });
  let page = await browser.open(url, back);
  page = await browser.submit(page, { login: address, at: "organisation" }, back);
  if (page.url.startsWith(issuer)) return { browser, page };
  page = await browser.submit(page, { login: account, password: "any" }, back);
  const providerUrl = page.url;
  page = await browser.submit(page, {}, back);
  return { browser, page, providerUrl, verifier };
}

const [anna, stranger, left] = people;
const { page } = await signIn(anna);
assert.match(page.html, /Do you agree/, page.html);
console.log("signed in by the organisation");

assert.match((await signIn(anna)).page.html, /Do you agree/);
console.log("again by the same account");

// Anna is a member of another organisation as well, and chose to act there after signing in with a
// password.
const agreed = await signIn(anna);
const gone = await agreed.browser.submit(agreed.page, { answer: "allow" }, back);
const redeemed = await fetch(`${issuer}/oauth2/token`, {
  method: "POST",
  headers: { authorization: `Basic ${Buffer.from(`${planner}:${secret}`).toString("base64")}` },
  body: new URLSearchParams({
    grant_type: "authorization_code", code: new URL(gone.url).searchParams.get("code"),
    redirect_uri: back, code_verifier: agreed.verifier,
  }),
});
const { access_token } = await redeemed.json();
const headers = { authorization: `Bearer ${access_token}`, "content-type": "application/json" };
const me = await (await fetch(`${issuer}/api/v1/me`, { headers })).json();
assert.equal(me.data.cabinet, acme, JSON.stringify(me));
const choice = { method: "POST", headers, body: JSON.stringify({ cabinet: other }) };
const chosen = await fetch(`${issuer}/api/v1/me/cabinet`, choice);
assert.equal(chosen.status, 409, await chosen.text());
console.log("acts in the organisation and nowhere else");

assert.match((await signIn(left)).page.html, /no account here/);
console.log("refused who left the organisation");

assert.match((await signIn(`${anna}!2`)).page.html, /no account here/);
console.log("refused another account with the same address");

assert.match((await signIn(`${stranger}?`)).page.html, /no account here/);
console.log("refused an address that is not verified");

assert.match((await signIn(stranger)).page.html, /no account here/);
console.log("refused a member of another organisation");

assert.match((await signIn("otto@elsewhere.example")).page.html, /no sign-in of its own/);
console.log("no provider for the domain");

// Anna signs in to the portal, by the way that everybody of her domain is offered.
const offered = await (await fetch(`${issuer}/api/v1/public/identity-providers?domain=${anna.split("@")[1]}`)).json();
assert.equal(offered.data.length, 1, JSON.stringify(offered));
assert.deepEqual(Object.keys(offered.data[0]).sort(), ["name", "sign_in"]);
assert.equal(offered.data[0].name, "Acme");
const signInToPortal = async (account, to) => {
  const browser = new Browser();
  const portal = `${issuer}/app/`;
  let page = await browser.open(`${issuer}${offered.data[0].sign_in}?to=${encodeURIComponent(to)}`, portal);
  page = await browser.submit(page, { login: account, password: "any" }, portal);
  return { browser, page: await browser.submit(page, {}, portal) };
};
const inPortal = await signInToPortal(anna, "/licenses?q=x");
assert.equal(inPortal.page.url, `${issuer}/app/licenses?q=x`);
const account = JSON.parse((await inPortal.browser.open(`${issuer}/api/v1/me`)).html);
assert.equal(account.data.cabinet, acme, JSON.stringify(account));
console.log("signed in to the portal, where they wanted to go");

assert.equal((await signInToPortal(anna, "/../oauth2/logout")).page.url, `${issuer}/app/`);
console.log("nowhere else but to the portal");

assert.match((await signInToPortal(stranger, "/")).page.html, /no account here/);
console.log("refused a member of another organisation at the portal");

const forged = await new Browser().open(`${issuer}/oauth2/callback?code=x&state=y`);
assert.match(forged.html, /did not leave from here/);
console.log("refused an answer that nobody waits for");
server.close();
process.exit(0);
