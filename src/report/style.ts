import { createHash } from 'node:crypto';
import { Markup } from '../pictures/markup.ts';
import { pictureStyle } from '../pictures/style.ts';

const layout = `
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.25rem; max-width: 80rem; background: var(--ground); color: var(--text); font: 15px/1.45 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.25rem; margin: 2rem 0 .5rem; } h3 { font-size: 1rem; margin: 1.25rem 0 .4rem; } h4 { font-size: .95rem; margin: .6rem 0 .2rem; }
p { margin: .35rem 0; } ul { margin: .35rem 0; padding-left: 1.2rem; } li { margin: .15rem 0; } a { color: inherit; text-underline-offset: .15em; } :focus-visible { outline: 2px solid var(--ring); outline-offset: 2px; }
code { font-size: .9em; } pre { white-space: pre-wrap; margin: .3rem 0; } details { margin: .4rem 0; }`;

const header = `
.top { display: flex; flex-wrap: wrap; gap: .3rem 1.5rem; align-items: baseline; } .top h1 { margin: 0; } .top nav { display: flex; flex-wrap: wrap; gap: .2rem .9rem; flex: 1; } nav [aria-current] { font-weight: 600; text-decoration: none; } header form { margin: 0; } label input { margin: 0 .3rem; } @media (max-width: 44rem) { .top { justify-content: space-between; } .top nav { order: 1; flex-basis: 100%; } }
#following { color: var(--dim); min-height: 1.45em; }
button, input { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--dim); border-radius: 4px; padding: .25rem .7rem; max-width: 100%; } button { cursor: pointer; }`;

const headline = `
.headline { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 1rem; margin-top: 1rem; } .headline section, .agent { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; min-width: 0; }
.headline h2 { margin: 0 0 .4rem; font-size: 1.05rem; } .headline h3 { margin: .8rem 0 .2rem; font-size: .95rem; } .figure { font-size: 1.35em; font-variant-numeric: tabular-nums; } .basis { font-size: .85em; }
.badge { display: inline-block; border: 1px solid currentcolor; border-radius: 1em; padding: 0 .5em; font-size: .75rem; font-weight: 600; vertical-align: .1em; margin-right: .3em; }`;

const tables = `
table { border-collapse: collapse; width: 100%; } th, td { padding: .3rem .5rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); } th { font-weight: 600; } thead th { color: var(--dim); }
.rows .num { text-align: right; } .rows td, .rows thead th { overflow-wrap: normal; } .rows tbody th { min-width: 9rem; } .long tbody th { width: 40%; } .rows code { font-weight: 400; overflow-wrap: anywhere; }
@media screen and (max-width: 44rem) { .rows, .rows tbody, .rows th, .rows td { display: block; width: auto; } .rows thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .rows tr { display: grid; grid-template-columns: 1fr; gap: 0 1.5rem; border-bottom: 1px solid var(--line); padding: .4rem 0; } .rows.short tr { grid-template-columns: 1fr 1fr; } .rows tbody th { grid-column: 1 / -1; }
  .rows tbody th, .rows td { border: 0; padding: .1rem 0; } .rows td { display: flex; justify-content: space-between; gap: .8rem; } .rows.long td { display: block; } .rows td::before { content: attr(data-title); color: var(--dim); white-space: nowrap; } .rows td > .spark { flex: 0 1 6rem; min-width: 0; } .long td::before { margin-right: .6rem; } .rows .health-cell { width: 60%; text-align: right; } }`;

const agents = `
.agent { margin: 1rem 0; padding-top: 0; } .agent > h2 { margin: .8rem 0 .2rem; } .halves { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: 0 2rem; } .halves > *, .signals { min-width: 0; }
article { border-bottom: 1px solid var(--line); padding: .2rem 0 .5rem; } article:last-child { border: 0; }`;

/** Patterns would make a file of every printed column: paper has the colours alone, in the order of the legend. */
const print = `
@page { margin: 14mm; }
@media print { :root, :root[data-theme] { color-scheme: light; font-size: 12px; --small: 10px; } body { max-width: none; padding: 0; font-size: 1rem; } .headline section, .agent { background: none; } .agent { border: 0; padding: 0; }
  .halves { grid-template-columns: 1fr 1fr; } h2, h3, h4 { break-after: avoid; } tr, li, article, .picture, .headline section { break-inside: avoid; } .tip, .top nav, form, #following, details { display: none; }
  .headline { grid-template-columns: repeat(3, minmax(0, 1fr)); } .rows th, .rows td { padding: .2rem .25rem; } .rows.short { font-size: .9rem; } .rows svg.spark { width: 3.5rem; } .health-cell { white-space: nowrap; } .health-cell .meter { display: block; min-width: 4rem; } .badge { font-size: .85rem; }
  ${[0, 1, 2, 3, 4, 5, 6].map((at) => `.f${at} { fill: var(--s${at}); }`).join(' ')} * { print-color-adjust: exact; } }`;

/** The style of the report and of the live page: light and dark, narrow and wide, screen and paper. */
export const pageStyle = new Markup([pictureStyle.html, layout, header, headline, tables, agents, print].join(''));

/** The part of a content security policy that allows this style, and no other. */
export const stylePolicy = (): string =>
  `style-src 'sha256-${createHash('sha256').update(pageStyle.html).digest('base64')}'`;
