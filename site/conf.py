"""
What Sphinx makes of the pages that `tools/site/pages.py` writes. Nothing is executed.
"""

from pathlib import Path

HERE = Path(__file__).parent

project = "Production Practice"
html_title = project
language = "en"
smartquotes = False  # a quotation mark may be code

extensions = ["myst_nb"]
nb_execution_mode = "off"
nb_merge_streams = True
nb_render_markdown_format = "myst"  # with tables, and links that are followed
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
myst_heading_anchors = 5
suppress_warnings = [
    "misc.highlighting_failure",  # a snippet of the document need not be complete
    "myst.header",  # a task's heading stands within a cell's output
]

html_theme = "sphinx_book_theme"
html_static_path = [str(HERE / "static")]
templates_path = [str(HERE / "templates")]
html_css_files = ["site.css"]
html_js_files = [(name, {"defer": "defer"}) for name in ("navigation.js", "last.js")]
html_favicon = str(HERE / "static" / "favicon.svg")
html_context = {"default_mode": "auto"}
html_copy_source = False
html_use_index = False
html_sidebars = {"**": ["navbar-logo.html", "search-form.html", "sbt-sidebar-nav.html"]}
html_theme_options = {
    "disable_search": True,  # Pagefind searches
    "collapse_navbar": True,
    "footer_content_items": [],
    "home_page_in_toc": True,
    "pygments_dark_style": "a11y-high-contrast-dark",
    "pygments_light_style": "a11y-high-contrast-light",
    "show_toc_level": 2,
    "use_download_button": False,
    "use_fullscreen_button": False,
}

# Pagefind's page, in place of Sphinx's.
html_additional_pages = {"search": "search.html"}

# A catalogue for each notebook, in each language that there is one day.
gettext_compact = False
gettext_uuid = False
locale_dirs = [str(HERE.parent / "po")]


def setup(app):
    app.connect("builder-inited", lambda app: setattr(app.builder, "search", False))
