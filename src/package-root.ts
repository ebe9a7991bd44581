/** The folder of the package, as a URL: src/ and dist/, which is flat, both lie right in it. */
export const packageRoot = new URL('..', import.meta.url);
