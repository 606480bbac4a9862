/** The script of every page: the switch between the dark and the light theme. */

import { load, save } from "./values/history.js";

const isTheme = (value: unknown): value is string => value === "dark" || value === "light" || value === "";
const root = document.documentElement;
const button = document.getElementById("theme") as HTMLButtonElement;
const prefersDark = matchMedia("(prefers-color-scheme: dark)");

const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : prefersDark.matches);
const show = () => button.setAttribute("aria-pressed", String(isDark()));

// The settings of the page are in its hash.
for (const link of document.querySelectorAll<HTMLAnchorElement>("header a[hreflang]"))
  link.addEventListener("click", () => {
    link.hash = location.hash;
  });
root.dataset.theme = load("theme", "", isTheme);
show();
prefersDark.addEventListener("change", show);
button.addEventListener("click", () => {
  const wanted = isDark() ? "light" : "dark";
  // The system's theme is not stored, so that the page follows it again.
  root.dataset.theme = wanted === (prefersDark.matches ? "dark" : "light") ? "" : wanted;
  save("theme", root.dataset.theme);
  show();
});
