// Before the first paint: the look that was last preferred in this browser.
for (const name of ['theme', 'density', 'keys']) {
  const chosen = localStorage.getItem(name)
  if (chosen) document.documentElement.dataset[name] = chosen
}
