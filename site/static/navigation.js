// The theme's arrows in the navigation say to nobody what they open: they take its name.
for (const arrow of document.querySelectorAll("nav details > summary:not([aria-label])")) {
    arrow.ariaLabel = arrow.closest("li")?.querySelector("a")?.textContent;
}

// The navigation is longer than most screens, and the theme leaves it where it was: where the
// reader is now is shown, once the theme has done so.
addEventListener("DOMContentLoaded", () => {
    const sidebar = document.querySelector(".bd-sidebar-primary");
    const here = sidebar?.querySelector("nav li.current.active > a");
    if (!here) return;
    const place = here.getBoundingClientRect().top - sidebar.getBoundingClientRect().top;
    if (place < 0 || place > sidebar.clientHeight - here.clientHeight) {
        sidebar.scrollTop += place - sidebar.clientHeight / 2;
    }
});
