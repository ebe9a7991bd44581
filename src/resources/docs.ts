/** A guide as a resource. */
export interface Doc {
  name: string;
  title: string;
  description: string;
}

/** Stands for src/guides/library.ts until that is there. */
export const docs: readonly Doc[] = [];

/** The guide's markdown; none of that name. */
export async function readDoc(_name: string): Promise<string | undefined> {
  return undefined;
}
