import type { Tool, ToolContext } from '../tools/define-tool.ts';
import { withRecovery } from '../tools/recovery.ts';
import { offeredTools } from '../tools/registry.ts';

/** How long (in milliseconds) the list of tools waits for the mirror: clients give a server that starts few seconds. */
const openMs = 1000;

/** The tools to list, as the mirror says; all of them when it can't be read, or not soon. */
export async function offered({ ensure, clock }: Pick<ToolContext, 'ensure' | 'clock'>): Promise<readonly Tool[]> {
  const found = withRecovery(ensure, async () => offeredTools(await ensure.reader()));
  const over = new AbortController();
  const late = clock.sleep(openMs, over.signal).then(() => offeredTools(undefined));
  try {
    return await Promise.race([found, late]);
  } catch {
    // The next answer says what is wrong with the file.
    return offeredTools(undefined);
  } finally {
    over.abort();
  }
}
