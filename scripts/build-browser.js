// Bundles what runs in a browser: the same way for the page of `serve --http` and for the pages that clients show.
import { build } from 'esbuild';

export const buildForBrowser = (options) =>
  build({
    metafile: true,
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2024',
    legalComments: 'none',
    logLevel: 'warning',
    ...options,
  });
