/**
 * Whether the name `dunetrace-mcp` is ours on npm. Until then nothing sends a user to a package of that name. Once it is,
 * tests/published.test.ts says which pages have to lead with npx.
 */
export const isPublished: boolean = false;
