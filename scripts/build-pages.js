// Makes dist/<view>.html: the pages that clients show beside a tool's answer (MCP Apps), each whole in itself.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildForBrowser } from './build-browser.js';

const views = { agent: 'Picture of an agent', runs: 'Timeline of runs', news: 'What is new' };

/** A page of one script, which is all that may run or load in it. */
function pageOf(title, script, version) {
  if (/<\/script|<!--/i.test(script)) throw new Error(`the script of "${title}" would end too early in its page`);
  const hash = createHash('sha256').update(script).digest('base64');
  const policy = `default-src 'none'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  return `<!doctype html><html lang="en" data-version="${version}"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>${title}</title></head><body><script>${script}</script></body></html>\n`;
}

/** @returns the names of the pages' files, and of all files that they consist of. */
export async function buildPages(root, dist) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { outputFiles, metafile } = await buildForBrowser({
    absWorkingDir: root,
    entryPoints: Object.keys(views).map((view) => `src/pictures/apps/${view}.ts`),
    outdir: dist,
    write: false,
  });
  const files = Object.entries(views).map(([view, title]) => {
    const script = outputFiles.find(({ path }) => path === join(dist, `${view}.js`)).text.trim();
    writeFileSync(join(dist, `${view}.html`), pageOf(title, script, version));
    return `${view}.html`;
  });
  return { files, inputs: Object.keys(metafile.inputs) };
}
