// Makes dist/page.js: the script by which the live page of `serve --http` follows the mirror.
import { basename } from 'node:path';
import { build } from 'esbuild';

/** @returns the names of the files that it made, and of all files that they consist of. */
export async function buildScript(root, dist) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { page: 'src/page/browser/follow.ts' },
    outdir: dist,
    metafile: true,
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2024',
    legalComments: 'none',
    logLevel: 'warning',
  });
  return { files: Object.keys(metafile.outputs).map((file) => basename(file)), inputs: Object.keys(metafile.inputs) };
}
