// An extension of JupyterLab, as its builder would leave it. Where File > Rename or Duplicate is
// refused, JupyterLab writes the reason into the browser's console only: say it to the reader.

window._JUPYTERLAB ??= {}; // whoever is loaded first makes it
window._JUPYTERLAB["course-refusals"] = {
  init: () => {},
  get: async () => () => ({
    id: "course-refusals:plugin",
    autoStart: true,
    activate: ({ commands }) => {
      window.addEventListener("unhandledrejection", ({ reason }) => {
        if (reason?.response?.status !== 403) return;
        const options = { autoClose: false };
        commands.execute("apputils:notify", { message: reason.message, type: "error", options });
      });
    },
  }),
};
