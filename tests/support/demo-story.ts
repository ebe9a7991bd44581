import { demoStory, isAlerted } from '../../src/sample/story.ts';
import type { SampleBackend } from './customer-api/backend.ts';

/** Fills an empty backend with the story of the demo, which ends at `now` (Unix seconds). */
export function fillDemoStory(backend: SampleBackend, now: number): void {
  for (const { run, signals } of demoStory(now, backend.generation)) {
    backend.ingestRun(run);
    for (const signal of backend.analyse(run.runId, signals)) {
      if (isAlerted(signal, now)) backend.setAlerted(signal.id);
    }
  }
}
