// The page of the search: what the field of another page was asked, or what is typed here.
const search = new PagefindUI({ element: "#search", showImages: false, pageSize: 20 });
const asked = new URLSearchParams(location.search).get("q");
if (asked) search.triggerSearch(asked);
const field = document.querySelector("#search input");
field.ariaLabel = field.title; // Pagefind's field has no other name
field.focus();
