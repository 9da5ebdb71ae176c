// A radio whose kernel is gone still moves, and nobody hears it. Where a kernel was restarted,
// ipywidgets marks what it has left; where it was shut down, sending is what tells.

function render({ model, el }) {
  function ask({ target, relatedTarget }) {
    const box = el.closest(".prediction");
    const isEntered = box?.contains(target) && !box.contains(relatedTarget);
    if (!isEntered) return;
    try {
      model.send("Is anybody there?");
    } catch {
      box.classList.add("jupyter-widgets-disconnected");
    }
  }

  const moments = ["pointerover", "focusin", "click"];
  for (const moment of moments) document.addEventListener(moment, ask);
  return () => {
    for (const moment of moments) document.removeEventListener(moment, ask);
  };
}

export default { render };
