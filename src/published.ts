/** Whether the name `dunetrace-mcp` is ours on npm. Until then nothing sends a user to a package of that name. */
export const isPublished: boolean = false;
