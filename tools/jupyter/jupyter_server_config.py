"""
What is opened and saved, whoever starts the server: `make lab`, a hub, Binder.
"""

c = get_config()  # noqa: F821 (Jupyter puts it there)

# The course is read, and the reader's runs are kept in work/.
c.ServerApp.contents_manager_class = "tools.runs.contents.ReadersContents"

# jupytext's extension wraps any contents manager, and turns each refusal into an error 500.
c.ServerApp.jpserver_extensions = {"jupyterlab_jupytext": False}
