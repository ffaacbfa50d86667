"""Style and script of the page of records. The script filters, opens and scrolls: it never makes markup of data."""

from __future__ import annotations

COLOURS = 8
"""How many colours highlights have; fields beyond share them."""

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --panel: #f6f8fa;
  --link: #0a58ca; --warn: #9a3d00; --warn-paper: #fff1e5; --good: #116329; --good-paper: #e6f6ea;
  --bad: #b3141f; --bad-paper: #ffebec; --light: 86%; --mark-ink: #14171a }
@media (prefers-color-scheme: dark) { :root { --paper: #14181d; --ink: #e6edf3; --soft: #9ba7b4; --line: #343c46;
  --panel: #1c2229; --link: #79b8ff; --warn: #ffb37a; --warn-paper: #3a2413; --good: #7ee2a0; --good-paper: #14301d;
  --bad: #ff9aa0; --bad-paper: #3f1a1d; --light: 30%; --mark-ink: #f4f7fa } }
* { box-sizing: border-box }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  display: grid; grid-template: auto 1fr / minmax(14rem, 19rem) 1fr; height: 100vh }
a { color: var(--link) } :focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
.skip { position: absolute; left: -99rem } .skip:focus { left: 1rem; top: .5rem;
  background: var(--paper); padding: .4rem }
header { grid-column: 1 / -1; display: flex; flex-wrap: wrap; gap: .4rem 1.4rem; align-items: center;
  padding: .7rem 1.2rem; border-bottom: 1px solid var(--line); background: var(--panel) }
header h1 { font-size: 1.1rem; margin: 0 } header p { margin: 0; color: var(--soft) }
header label { display: flex; gap: .4rem; align-items: center }
select, input, button { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line);
  border-radius: 6px; padding: .2rem .5rem }
nav { overflow-y: auto; border-right: 1px solid var(--line); padding: .5rem }
nav ol { list-style: none; margin: 0; padding: 0 }
nav a { display: flex; gap: .5rem; justify-content: space-between; padding: .35rem .6rem; border-radius: 6px;
  color: inherit; text-decoration: none; overflow-wrap: anywhere }
nav a:hover { background: var(--panel) } nav a[aria-current] { background: var(--link); color: var(--paper) }
main { overflow-y: auto; padding: 1rem 1.6rem 4rem }
article { max-width: 108rem; margin: auto } article + article { border-top: 1px solid var(--line); margin-top: 2rem }
h2 { margin: .2rem 0 .3rem; overflow-wrap: anywhere } h3 { margin: 1.3rem 0 .4rem; font-size: 1rem }
.sub { color: var(--soft); margin: 0 0 .6rem; overflow-wrap: anywhere }
.badge { font-size: .8rem; font-weight: 600; border-radius: 99px; padding: .05rem .6rem; white-space: nowrap;
  align-self: start }
.review { color: var(--warn); background: var(--warn-paper) }
.clear { color: var(--good); background: var(--good-paper) }
.error { color: var(--bad); background: var(--bad-paper) } .unknown { color: var(--soft); background: var(--panel) }
.notes { border-left: 4px solid var(--warn); background: var(--warn-paper); padding: .5rem 1rem; margin: .6rem 0;
  border-radius: 0 6px 6px 0 } .notes ul { margin: 0; padding-left: 1.1rem }
.columns { display: grid; grid-template-columns: minmax(22rem, 5fr) minmax(20rem, 6fr); gap: 2rem; align-items: start }
.stages, .sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .8rem }
.card { border: 1px solid var(--line); border-radius: 8px; padding: .6rem .9rem; background: var(--panel) }
.card h4 { margin: 0; font-size: .85rem; color: var(--soft); font-weight: 600 } .card p { margin: .2rem 0 }
.card .big { font-size: 1.5rem; font-weight: 650 } .finding { margin: .6rem 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line) }
thead th { font-size: .8rem; color: var(--soft) } td { overflow-wrap: anywhere }
.value { white-space: nowrap }
.number { font-variant-numeric: tabular-nums; white-space: nowrap } meter { width: 4rem; vertical-align: middle }
tr.doubt td, tr.doubt th { background: var(--warn-paper) }
.quote { display: inline-block; text-align: left; font-size: .88rem; margin: 0 .3rem .2rem 0; max-width: 100%;
  overflow-wrap: anywhere; unicode-bidi: isolate } button.quote { cursor: pointer }
.report { white-space: pre-wrap; overflow-wrap: anywhere; font: .92rem/1.7 ui-monospace, monospace; margin: 0;
  border: 1px solid var(--line); border-radius: 8px; padding: 1rem; background: var(--panel); unicode-bidi: isolate;
  position: sticky; top: 0; max-height: calc(100vh - 6rem); overflow-y: auto }
mark { color: var(--mark-ink); border-radius: 3px; padding: .05em .1em }
mark[data-for]::after { content: attr(data-for); font: 600 .68em system-ui, sans-serif; vertical-align: super;
  padding-left: .25em } mark:focus { outline: 3px solid var(--link) }
.c0 { background: hsl(48 90% var(--light)) } .c1 { background: hsl(200 85% var(--light)) }
.c2 { background: hsl(130 55% var(--light)) } .c3 { background: hsl(330 80% var(--light)) }
.c4 { background: hsl(265 75% var(--light)) } .c5 { background: hsl(20 90% var(--light)) }
.c6 { background: hsl(175 60% var(--light)) } .c7 { background: hsl(85 60% var(--light)) }
[hidden] { display: none !important }
@media (max-width: 70rem) { .columns { grid-template-columns: 1fr } .report { position: static; max-height: none } }
@media (max-width: 46rem) { body { display: block; height: auto } nav { max-height: 40vh; border-right: 0 } }
@media print { body { display: block; height: auto } nav, header label, .skip { display: none }
  .report { max-height: none; position: static } }
"""

SCRIPT = """
"use strict";
const links = Array.from(document.querySelectorAll("nav a"));
const articles = Array.from(document.querySelectorAll("article"));
const choice = document.getElementById("choice");
const search = document.getElementById("search");
const count = document.getElementById("count");

function open(focus) {
  if (location.hash === "#records") return;
  const wanted = articles.find((one) => "#" + one.id === location.hash)
    || articles[links.findIndex((link) => !link.parentElement.hidden)] || articles[0];
  articles.forEach((one, at) => {
    one.hidden = one !== wanted;
    if (one === wanted) links[at].setAttribute("aria-current", "true");
    else links[at].removeAttribute("aria-current");
  });
  if (wanted && focus) wanted.querySelector("h2").focus();
}

function filter() {
  const words = search.value.trim().toLowerCase();
  let shown = 0;
  for (const link of links) {
    const fits = (choice.value === "all" || link.dataset.state === choice.value)
      && link.firstElementChild.textContent.toLowerCase().includes(words);
    link.parentElement.hidden = !fits;
    shown += fits ? 1 : 0;
  }
  count.textContent = shown + " of " + links.length + " shown";
}

function step(by) {
  const visible = links.filter((link) => !link.parentElement.hidden);
  const at = visible.findIndex((link) => link.getAttribute("aria-current"));
  const next = visible[Math.min(visible.length - 1, Math.max(0, at + by))];
  if (next) { location.hash = next.hash; next.scrollIntoView({ block: "nearest" }); }
}

choice.addEventListener("change", filter);
search.addEventListener("input", filter);
addEventListener("hashchange", () => { open(true); document.querySelector("main").scrollTop = 0; });
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches("input, select")) return;
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-goto]");
  const mark = button && document.getElementById(button.dataset.goto);
  if (mark) { mark.scrollIntoView({ block: "center" }); mark.focus({ preventScroll: true }); }
});
filter();
open(false);
"""
