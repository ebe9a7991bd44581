import { Markup } from './markup.ts';

/**
 * The colours of all pages, light and dark. Those of the series are near Okabe and Ito's, which colour-blind readers can
 * tell apart; each has a contrast of 3 or more with the ground. The `--color-...` and `--font-...` variables are those
 * of MCP Apps, which a host may set.
 */
const palette = `
:root { color-scheme: light dark; --small: max(12px, .8em);
  --ground: var(--color-background-primary, light-dark(#fff, #12161d)); --card: var(--color-background-secondary, light-dark(#f6f7f9, #1b212b));
  --text: var(--color-text-primary, light-dark(#1c2330, #e6eaf0)); --dim: var(--color-text-secondary, light-dark(#566070, #9ba6b5));
  --line: var(--color-border-primary, light-dark(#d9dee5, #323b48)); --ring: var(--color-ring-primary, light-dark(#0058c9, #7ab8ff));
  --good: light-dark(#00734b, #3ecf96); --fair: light-dark(#8a5300, #f0b04a); --poor: light-dark(#bb2a1b, #ff8b7b);
  --s0: light-dark(#0069a8, #4ba3dd); --s1: light-dark(#b06a00, #f0b43c); --s2: light-dark(#00805e, #2fc79a); --s3: light-dark(#ad5488, #e09bc2);
  --s4: light-dark(#c4450a, #f0803c); --s5: light-dark(#3183b4, #8fd0f5); --s6: light-dark(#69737f, #8b95a4); }
:root[data-theme=light] { color-scheme: light; } :root[data-theme=dark] { color-scheme: dark; }`;

const general = `
.picture { margin: .5rem 0; container-type: inline-size; } .picture svg { display: block; overflow: visible; } .picture ol, .picture ul { list-style: none; margin: 0; padding: 0; }
.dim { color: var(--dim); } .num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.poor { color: var(--poor); } .good { color: var(--good); } .fair { color: var(--fair); }
.scroll { overflow-x: auto; } summary { cursor: pointer; color: var(--dim); }
.defs { position: absolute; width: 0; height: 0; } .defs path, .defs circle { stroke: var(--ground); stroke-opacity: .55; stroke-width: 1.2; fill: none; } .defs circle { fill: var(--ground); fill-opacity: .6; stroke: none; }
${[0, 1, 2, 3, 4, 5, 6].map((at) => `.s${at} { fill: var(--s${at}); } .f${at} { fill: url(#series-${at}) var(--s${at}); }`).join(' ')}
.legend { display: flex; flex-wrap: wrap; gap: .2rem .9rem; font-size: .9em; } .legend li { overflow-wrap: anywhere; } .legend svg { display: inline-block; width: .8rem; height: .8rem; margin-right: .35rem; vertical-align: -1px; }
svg.spark { width: 7rem; height: 1.3rem; fill: var(--s0); } svg.meter { width: 100%; min-width: 3rem; height: .6rem; }
.meter .track { fill: var(--line); } .meter .value { fill: var(--s0); } .meter.good .value { fill: var(--good); } .meter.fair .value { fill: var(--fair); } .meter.poor .value { fill: var(--poor); }
.plot { position: relative; } .grid, .ground { position: absolute; inset: 0; width: 100%; height: 100%; } .grid line, .tick { stroke: var(--line); }
.mark:focus { outline: none; } .mark:focus-visible { outline: 2px solid var(--ring); outline-offset: 1px; }
.tip { position: absolute; inset: auto 0 100% 0; width: fit-content; max-width: 100%; box-sizing: border-box; margin-bottom: 4px; padding: .2rem .5rem; z-index: 1; pointer-events: none; clip-path: inset(50%);
  background: var(--card); color: var(--text); border: 1px solid var(--line); border-radius: 4px; font-size: max(12px, .85em); font-style: normal; text-align: left; white-space: normal; overflow-wrap: anywhere; }
.t1 > .tip { margin-inline: auto; } .t2 > .tip { margin-left: auto; } .mark:hover > .tip, .mark:focus > .tip { clip-path: none; }`;

const columns = `
.axes { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0 .4rem; padding: .5rem 1.4rem .2rem 0; } .ticks { display: flex; flex-direction: column; justify-content: space-between; font-size: var(--small); color: var(--dim); text-align: right; font-variant-numeric: tabular-nums; }
.ticks li { height: 0; line-height: 0; } .day-columns .plot { height: 10rem; } .columns { position: relative; display: flex; gap: 1px; height: 100%; } .columns li { flex: 1 1 0; min-width: 0; } .columns svg { width: 100%; height: 100%; } .columns li:hover { background: var(--card); }
.day-names { grid-column: 2; display: flex; gap: 1px; height: 1.5em; font-size: var(--small); color: var(--dim); } .day-names li { flex: 1 1 0; min-width: 0; display: flex; justify-content: center; white-space: nowrap; padding-top: .25em; }
@container (max-width: 34rem) { .day-names .wide { visibility: hidden; } }`;

const health = `
.health .score { margin: 0 0 .2rem; } .score b { font-size: 1.6em; } .parts li { display: grid; grid-template-columns: 9em 1fr 4em; gap: 0 .6rem; align-items: center; padding: .2rem 0; } .parts .dim { grid-column: 1 / -1; font-size: max(12px, .85em); }`;

const rates = `
.rates li, .rate-axis { display: grid; grid-template-columns: 16rem minmax(0, 1fr) 20rem; gap: 0 .9rem; align-items: center; } .rates .name { overflow-wrap: anywhere; } .whisker { width: 100%; height: 1.9rem; }
.whisker .range { stroke: var(--s0); stroke-width: 2; } .whisker circle { fill: var(--s0); stroke: var(--ground); stroke-width: 1.5; } .whisker.poor .range { stroke: var(--poor); } .whisker.good .range { stroke: var(--good); } .whisker.poor circle { fill: var(--poor); } .whisker.good circle { fill: var(--good); } .whisker circle.was { fill: var(--ground); stroke: var(--text); }
.bar { width: 100%; height: .8rem; } .bar rect { stroke: var(--ground); } .bar .limit { stroke: var(--text); stroke-width: 2; } .v-critical { fill: var(--poor); } .v-high { fill: var(--s4); } .v-medium { fill: var(--s1); } .v-low { fill: var(--s6); } .rate-axis ol { grid-column: 2; display: flex; justify-content: space-between; font-size: var(--small); color: var(--dim); }
.rate-axis li, .lane-axis li { width: 0; display: flex; justify-content: center; white-space: nowrap; }
@container (max-width: 52rem) { .rates li { grid-template-columns: minmax(0, 1fr); padding: .3rem 0; } .rates .whisker { width: calc(100% - 2.4rem); margin: 0 1.2rem; height: 1.4rem; } .picture .rate-axis { display: block; margin: 0 1.2rem; } }`;

const hours = `
.picture.week-hours table { width: 100%; table-layout: fixed; border-collapse: separate; border-spacing: 1px; position: relative; } .picture.week-hours th, .picture.week-hours td { padding: 0; border: 0; min-width: 0; font-weight: 400; font-size: var(--small); text-align: center; color: var(--dim); white-space: nowrap; } .picture.week-hours tr > :first-child { width: 2.8em; text-align: left; }
.picture.week-hours tbody td { height: 1.5rem; background: color-mix(in srgb, var(--line) 35%, var(--ground)); color: var(--text); } .week-hours .h0 > span { opacity: 0; }
${[1, 2, 3, 4, 5].map((at) => `.picture.week-hours .h${at} { background: color-mix(in srgb, var(--s4) ${[0, 20, 33, 46, 60, 97][at]}%, var(--ground)); }`).join(' ')} .picture.week-hours td.h5 { color: light-dark(#fff, #12161d); }
.week-hours .tip { color: var(--text); font-size: .85rem; bottom: auto; top: 0; } @container (max-width: 34rem) { .week-hours thead th:not(:nth-child(6n + 2)) { visibility: hidden; } .week-hours thead th { overflow: visible; } .week-hours td > span { display: none; } }`;

const timelines = `
.lanes { display: grid; grid-template-columns: 5rem minmax(0, 1fr); } .lanes .plot { margin-inline: .9rem; } .lane, .lane-names li { height: 1.75rem; } .lane-names li { display: flex; align-items: center; font-size: max(12px, .85em); color: var(--dim); } .lane { position: relative; }
${[1, 2, 3, 4, 5, 6].map((at) => `.picture .r${at} { height: ${at * 22 + 4}px; }`).join(' ')}
.lane .mark { position: absolute; inset: 0; pointer-events: none; } .lane .mark > svg { position: absolute; width: 100%; height: 100%; } .lane rect, .lane circle, .lane path, .lane text { pointer-events: auto; } .lane .mark:focus-visible { outline: none; }
.lane rect, .lane circle { stroke: var(--ground); stroke-width: 1.5; paint-order: stroke; } .lane .mark:hover > svg *, .lane .mark:focus-visible > svg * { stroke: var(--ring); stroke-width: 2.5; } .lane .mark text { stroke: none !important; }
.l-model { fill: var(--s0); } .l-tools { fill: var(--s1); } .l-retrieval { fill: var(--s2); } .l-other { fill: var(--s6); } .failed { stroke: var(--poor); stroke-width: 2.5; fill: none; }
.signal { fill: var(--s6); stroke: var(--ground); } .signal.poor { fill: var(--poor); } .signal.fair { fill: var(--fair); } .lane text { fill: var(--ground); font-size: 11px; font-weight: 700; text-anchor: middle; }
.guide { stroke: var(--poor); stroke-dasharray: 2 3; } .common { fill: var(--line); fill-opacity: .3; } .parting { stroke: var(--poor); stroke-width: 2; } .parting-row, .picture .lane-axis { margin: 0 .9rem 0 5.9rem; } .parting-row svg { width: 100%; height: 1.4rem; } .parting-row text { fill: var(--poor); font-size: .9em; }
.lane-axis { display: flex; justify-content: space-between; height: 1.4em; font-size: var(--small); color: var(--dim); } .events { font-size: max(12px, .85em); overflow-wrap: anywhere; } .timeline h4 { margin: .6rem 0 .1rem; overflow-wrap: anywhere; } [data-signal][role=button], [data-signal][role=button] * { cursor: pointer; }`;

/** What pictures look like, light and dark, in narrow places and wide ones. */
export const pictureStyle = new Markup([palette, general, columns, health, rates, hours, timelines].join(''));
