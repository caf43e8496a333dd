"use strict";
// The page around the figures: light and dark, the contents, and the section that a link asks for.

const CONTENTS_MARGIN = 60; // pixels between the mark and the ends of the contents

function startShell() {
  startThemeButton();
  startContents();
  markTheContents();
  letWideThingsScroll();
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
}

/** The contents mark where a reader is: in a figure, or else in a chapter. */
function markTheContents() {
  const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
  const sections = [...document.querySelectorAll("main section[id]")].filter(({ id }) => links.has(id));
  const here = new Set();
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) here.add(target);
      else here.delete(target);
    }
    const innermost = sections.findLast((section) => here.has(section));
    if (innermost) markLink(links.get(innermost.id));
  }, { rootMargin: "-30% 0px -65% 0px" });
  for (const section of sections) observer.observe(section);
}

/** The contents may be longer than the window: they scroll to the mark, and nothing else does. */
function markLink(link) {
  const nav = document.getElementById("contents");
  for (const marked of nav.querySelectorAll("[aria-current]")) marked.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  const [{ top, bottom }, frame] = [link.getBoundingClientRect(), nav.getBoundingClientRect()];
  if (top < frame.top + CONTENTS_MARGIN) nav.scrollTop += top - frame.top - CONTENTS_MARGIN;
  if (bottom > frame.bottom - CONTENTS_MARGIN) nav.scrollTop += bottom - frame.bottom + CONTENTS_MARGIN;
}

/** What is wider than its place scrolls on its own, and then by keyboard too. */
function letWideThingsScroll() {
  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  for (const wide of document.querySelectorAll(".text :is(pre, .formula, .scrolled)")) observer.observe(wide);
}

function closeContents() {
  document.body.classList.remove("menu-open");
  document.getElementById("menu").setAttribute("aria-expanded", "false");
}

document.addEventListener("DOMContentLoaded", startShell);
