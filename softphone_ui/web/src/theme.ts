// Dark or light: as the system says, or as chosen here. Runs before the page is drawn, so that nothing flashes.

type Theme = "dark" | "light";

const KEPT = "hotline-theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");

function chosen(): Theme | null {
  const kept = localStorage.getItem(KEPT);
  return kept === "dark" || kept === "light" ? kept : null;
}

function shown(): Theme {
  return chosen() ?? (system.matches ? "dark" : "light");
}

function show(): void {
  document.documentElement.dataset.bsTheme = shown();
}

function turn(): void {
  localStorage.setItem(KEPT, shown() === "dark" ? "light" : "dark");
  show();
}

show();
system.addEventListener("change", show);
document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("theme")?.addEventListener("click", turn);
});
