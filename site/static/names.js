// The theme's arrows in the navigation say to nobody what they open: they take its name.
for (const arrow of document.querySelectorAll("nav details > summary:not([aria-label])")) {
    arrow.ariaLabel = arrow.closest("li")?.querySelector("a")?.textContent;
}
