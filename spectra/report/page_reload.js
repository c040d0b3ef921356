// Loads the page again every so often while it is being rewritten. It waits while the reader has something open in the
// figures, has marked text, or has pressed pause; where the reader was, and what was unfolded, is found again.

const live = document.querySelector(".live-note");
const pause = live.querySelector("button");
const key = "spectra-unfolded";
let paused = false;

pause.hidden = false;
pause.addEventListener("click", () => {
  paused = !paused;
  pause.setAttribute("aria-pressed", String(paused));
});

// Folded parts are told apart by what stands on them.
function unfolded() {
  return [...document.querySelectorAll("details[open] > summary")].map((summary) => summary.textContent.trim());
}

function busy() {
  return paused || document.hidden || document.querySelector(".exploring") || String(document.getSelection());
}

try {
  const before = JSON.parse(sessionStorage.getItem(key) || "[]");
  document.querySelectorAll("details > summary").forEach((summary) => {
    if (before.includes(summary.textContent.trim())) summary.parentElement.open = true;
  });
} catch {
  // Without a memory everything starts folded.
}

setInterval(() => {
  if (busy()) return;
  try {
    sessionStorage.setItem(key, JSON.stringify(unfolded()));
  } catch {
    // As above.
  }
  location.reload();
}, 1000 * Number(live.dataset.seconds));
