import { Markup } from './markup.ts';

/**
 * The page's style: light and dark, narrow and wide, screen and paper. The series' colours are those of Okabe and Ito,
 * which colour-blind readers can distinguish too.
 */
export const style = new Markup(`
:root { color-scheme: light dark; --ground: #fff; --card: #f6f7f9; --text: #1c2330; --dim: #5b6675; --line: #d9dee5;
  --good: #00794f; --fair: #b36b00; --poor: #c22f1f; --heat: #b3430a;
  --s0: #0072b2; --s1: #e69f00; --s2: #009e73; --s3: #cc79a7; --s4: #d55e00; --s5: #56b4e9; --s6: #8a929e; }
@media screen and (prefers-color-scheme: dark) { :root { --ground: #12161d; --card: #1b212b; --text: #e6eaf0; --dim: #9ba6b5; --line: #323b48;
  --good: #3ecf96; --fair: #f0b04a; --poor: #ff7d6b; --heat: #ff8f4d; --s0: #4ba3dd; --s1: #f0b43c; --s2: #2fc79a; --s3: #e09bc2; --s4: #f0803c; --s5: #8fd0f5; --s6: #828c99; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.25rem; max-width: 70rem; background: var(--ground); color: var(--text); font: 15px/1.45 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.25rem; margin: 2rem 0 .5rem; } h3 { font-size: 1rem; margin: 1.25rem 0 .4rem; }
p { margin: .35rem 0; } .dim { color: var(--dim); } .num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.agent { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .25rem 1rem 1rem; margin: 1rem 0; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; } th, td { padding: .3rem .5rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--dim); } thead th { white-space: nowrap; } td { white-space: nowrap; } td:first-child { white-space: normal; overflow-wrap: anywhere; min-width: 10rem; } td.wide { width: 40%; min-width: 5rem; vertical-align: middle; } a { color: inherit; }
h4 { font-size: 1rem; margin: .6rem 0 .2rem; } article { border-bottom: 1px solid var(--line); padding: .2rem 0 .5rem; }
svg { display: block; } svg.spark { width: 7rem; height: 1.3rem; fill: var(--s0); } svg.meter { width: 100%; min-width: 4rem; height: .6rem; }
.meter .track { fill: var(--line); } .meter .value { fill: var(--s0); } .meter.good .value { fill: var(--good); } .meter.fair .value { fill: var(--fair); } .meter.poor .value { fill: var(--poor); }
svg.columns { width: 100%; height: 9rem; border-bottom: 1px solid var(--line); } svg.heat { width: 100%; height: 8.4rem; fill: var(--heat); } .heat .ground { fill: var(--line); fill-opacity: .35; }
.s0 { fill: var(--s0); background: var(--s0); } .s1 { fill: var(--s1); background: var(--s1); } .s2 { fill: var(--s2); background: var(--s2); } .s3 { fill: var(--s3); background: var(--s3); }
.s4 { fill: var(--s4); background: var(--s4); } .s5 { fill: var(--s5); background: var(--s5); } .s6 { fill: var(--s6); background: var(--s6); }
.ends { display: flex; justify-content: space-between; color: var(--dim); font-size: .85rem; } .legend { display: flex; flex-wrap: wrap; gap: .2rem .9rem; list-style: none; margin: .4rem 0; padding: 0; font-size: .9rem; }
.legend i { display: inline-block; width: .75rem; height: .75rem; border-radius: 2px; margin-right: .35rem; vertical-align: -1px; }
.heatmap { display: grid; grid-template-columns: 2.5rem 1fr; } .weekdays { display: grid; grid-template-rows: repeat(7, 1fr); font-size: .8rem; color: var(--dim); } .heatmap .ends { grid-column: 2; }
.halves { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 0 2rem; }
.poor { color: var(--poor); } .good { color: var(--good); } .fair { color: var(--fair); } svg.poor, svg.good, svg.fair { color: inherit; }
details { margin: .4rem 0; } summary { cursor: pointer; color: var(--dim); } code { font-size: .9em; } pre { overflow-x: auto; white-space: pre-wrap; margin: .3rem 0; }
@media print { :root { color-scheme: light; } body { max-width: none; padding: 0; font-size: 11px; } .agent { break-inside: auto; border: 0; padding: 0; background: none; } h2, h3 { break-after: avoid; } tr, svg, .legend, article { break-inside: avoid; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`);
