import { Markup } from '../pictures/markup.ts';

/** The page around the pictures: narrow and wide, screen and paper. */
export const style = new Markup(`
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.25rem; max-width: 70rem; background: var(--ground); color: var(--text); font: 15px/1.45 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.25rem; margin: 2rem 0 .5rem; } h3 { font-size: 1rem; margin: 1.25rem 0 .4rem; }
p { margin: .35rem 0; }
.agent { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .25rem 1rem 1rem; margin: 1rem 0; }
table { border-collapse: collapse; width: 100%; } th, td { padding: .3rem .5rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--dim); } thead th { white-space: nowrap; } td { white-space: nowrap; } td:first-child { white-space: normal; overflow-wrap: anywhere; min-width: 10rem; } td.wide { width: 40%; min-width: 5rem; vertical-align: middle; } a { color: inherit; }
h4 { font-size: 1rem; margin: .6rem 0 .2rem; } article { border-bottom: 1px solid var(--line); padding: .2rem 0 .5rem; }
.halves { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 0 2rem; } .halves > * { min-width: 0; }
details { margin: .4rem 0; } code { font-size: .9em; } pre { overflow-x: auto; white-space: pre-wrap; margin: .3rem 0; }
@media print { :root { color-scheme: light; } body { max-width: none; padding: 0; font-size: 11px; } .agent { break-inside: auto; border: 0; padding: 0; background: none; } h2, h3 { break-after: avoid; } tr, .picture, article { break-inside: avoid; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`);
