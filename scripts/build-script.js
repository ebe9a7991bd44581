// Makes dist/page.js: the script by which the live page of `serve --http` follows the mirror.
import { basename } from 'node:path';
import { buildForBrowser } from './build-browser.js';

/** @returns the names of the files that it made, and of all files that they consist of. */
export async function buildScript(root, dist) {
  const { metafile } = await buildForBrowser({
    absWorkingDir: root,
    entryPoints: { page: 'src/page/browser/follow.ts' },
    outdir: dist,
  });
  return { files: Object.keys(metafile.outputs).map((file) => basename(file)), inputs: Object.keys(metafile.inputs) };
}
