/**
 * During a recovery the file may be closed while another answer reads it, and that answer then finds the file damaged.
 * So one retry is not enough.
 */
const maxTries = 3;

/** Asks again after an error of the mirror's file, if the file was recovered. */
export async function withRecovery<Result>(
  { recover }: { recover: (error: unknown) => Promise<boolean> },
  ask: () => Promise<Result>,
): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (tries === maxTries || !(await recover(error))) throw error;
    }
  }
}
