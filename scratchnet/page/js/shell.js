"use strict";
// The page around the figures: light and dark, the contents, and the section that a link asks for.

function startShell() {
  startThemeButton();
  startContents();
  for (const link of document.querySelectorAll("nav a")) link.addEventListener("click", () => closeContents());
  VIEW.scroll();
}

function startThemeButton() {
  const button = document.getElementById("theme");
  const tell = () => button.setAttribute("aria-label", `Turn the page ${themeNow() === "dark" ? "light" : "dark"}`);
  button.addEventListener("click", () => setTheme(themeNow() === "dark" ? "light" : "dark"));
  onTheme(tell);
  tell();
}

/** On a phone the contents are a menu that a button opens. */
function startContents() {
  const button = document.getElementById("menu");
  button.addEventListener("click", () => {
    const open = document.body.classList.toggle("menu-open");
    button.setAttribute("aria-expanded", String(open));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !document.body.classList.contains("menu-open")) return;
    closeContents();
    button.focus();
  });
  const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      for (const link of links.values()) link.removeAttribute("aria-current");
      links.get(target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-30% 0px -65% 0px" });
  for (const section of document.querySelectorAll("main section[id]")) observer.observe(section);
}

function closeContents() {
  document.body.classList.remove("menu-open");
  document.getElementById("menu").setAttribute("aria-expanded", "false");
}

document.addEventListener("DOMContentLoaded", startShell);
