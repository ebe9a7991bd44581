/** The folder of the package, as a URL: src/ and dist/, which is flat, are both directly in it. */
export const packageRoot = new URL('..', import.meta.url);
