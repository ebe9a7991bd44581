/** A page in a client: as wide as its place, in the client's fonts. */
export const appStyle = `
* { box-sizing: border-box; } html { background: var(--ground); }
body { margin: 0; padding: .75rem; color: var(--text); font: var(--font-text-md-size, 14px)/1.45 var(--font-sans, system-ui, sans-serif); overflow-wrap: break-word; }
h1 { font-size: 1.2em; margin: 0 0 .2rem; overflow-wrap: anywhere; } h2 { font-size: 1em; margin: 1rem 0 .3rem; } p { margin: .2rem 0; } code, pre { font-family: var(--font-mono, ui-monospace, monospace); font-size: .92em; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; margin: 0 0 .5rem; } .halves { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 0 2rem; } .halves > * { min-width: 0; }
.signals, .facts { list-style: none; margin: 0; padding: 0; } .signals li, .facts li { padding: .2rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
table { border-collapse: collapse; } th, td { padding: .15rem .5rem; text-align: left; border-bottom: 1px solid var(--line); font-weight: 400; }
[role=button] { cursor: pointer; text-decoration: underline; text-underline-offset: 2px; } [role=button]:focus-visible, button:focus-visible, summary:focus-visible { outline: 2px solid var(--ring); outline-offset: 1px; } [aria-busy=true] { opacity: .6; }
[data-from]:not([role=button]) { display: none; } .answer:not(:empty) { border-top: 2px solid var(--line); margin-top: 1rem; } button { font: inherit; padding: .2rem .8rem; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 4px; }
`;
