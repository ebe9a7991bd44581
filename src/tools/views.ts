/** The pages that show a tool's structured content as a picture, in clients that can (MCP Apps). */
export const views = ['agent', 'runs', 'news'] as const;

export type View = (typeof views)[number];

export const viewUri = (view: View) => `ui://dunetrace-mcp/${view}`;
