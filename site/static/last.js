// Where was I: a page that is left is noted, with the section that was read, and the first page
// leads back there. It stays in this browser.
const NOTED = "production-practice: last read";
const UNDER_THE_HEADER = 150; // pixels, where a section stands that a link has led to

const back = document.querySelector("#last-read");
if (back) {
    const last = JSON.parse(localStorage.getItem(NOTED));
    if (last) {
        Object.assign(back.querySelector("a"), { href: last.address, textContent: last.title });
        back.hidden = false;
    }
} else if (document.querySelector("nav.bd-links li.current.active")) {
    addEventListener("pagehide", () => {
        const begun = [...document.querySelectorAll("article section[id]")].findLast(
            (section) => section.getBoundingClientRect().top < UNDER_THE_HEADER,
        );
        const address = location.pathname + (begun ? `#${begun.id}` : "");
        const title = document.title.split(" \u2014 ")[0];
        localStorage.setItem(NOTED, JSON.stringify({ address, title }));
    });
}
