// Before the first paint: the look that was last preferred in this browser; and while the portal is read, who is
// signed in is asked for already (api/client.ts takes the answer).
for (const name of ['theme', 'density', 'keys']) {
  const chosen = localStorage.getItem(name)
  if (chosen) document.documentElement.dataset[name] = chosen
}
const session = /(?:^|; )__Host-csrf=([^;]+)/.exec(document.cookie)?.[1]
if (session && !location.pathname.endsWith('/sign-in')) {
  const answer = fetch('/api/v1/me', { headers: { Accept: 'application/json' } })
  // Whoever takes it is told that it failed; until then nobody is.
  answer.catch(() => {})
  globalThis.begun = { session, answers: { '/api/v1/me': answer } }
}
