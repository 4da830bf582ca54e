// The parts of a browser that signing in needs: cookies, forms, and redirects.

export class Browser {
  #cookies = new Map();

  // Requests a page; follows redirects, but not to an address that begins with `until`.
  async open(url, until, init = {}) {
    for (;;) {
      const { origin } = new URL(url);
      const cookies = this.#cookies.get(origin) ?? new Map();
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const headers = { ...init.headers, ...(cookie && { cookie }) };
      const answer = await fetch(url, { ...init, headers, redirect: "manual" });
      for (const set of answer.headers.getSetCookie()) {
        const [pair, ...attributes] = set.split(";");
        const [name, value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
        const gone = attributes.some((attribute) => /^\s*(max-age=0|expires=.*1970.*)$/i.test(attribute));
        if (gone) cookies.delete(name);
        else cookies.set(name, value);
      }
      this.#cookies.set(origin, cookies);
      const location = answer.headers.get("location");
      if (!location) return { url, status: answer.status, html: await answer.text() };
      url = new URL(location, url).href;
      if (until && url.startsWith(until)) return { url, status: answer.status, html: "" };
      init = {};
    }
  }

  // Submits the first form of a page with the typed fields.
  async submit(page, typed, until) {
    const form = /<form[^>]*>[\s\S]*?<\/form>/.exec(page.html)?.[0];
    if (!form) throw new Error(`no form at ${page.url}: ${page.html}`);
    const attribute = (tag, name) => unescape(new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? "");
    const fields = {};
    for (const [input] of form.matchAll(/<input[^>]*>/g)) {
      if (attribute(input, "type") === "hidden") fields[attribute(input, "name")] = attribute(input, "value");
    }
    const body = new URLSearchParams({ ...fields, ...typed });
    const action = new URL(attribute(form, "action") || page.url, page.url).href;
    return this.open(action, until, { method: "POST", body });
  }
}

function unescape(text) {
  const letters = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&amp;": "&" };
  return text.replace(/&(lt|gt|quot|#39|amp);/g, (entity) => letters[entity]);
}
