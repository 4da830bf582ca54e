// Before the first paint: the theme and the density that this browser chose.
for (const name of ['theme', 'density']) {
  const chosen = localStorage.getItem(name)
  if (chosen) document.documentElement.dataset[name] = chosen
}
