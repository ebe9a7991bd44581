import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { backfill } from './backfill.ts';
import { feed } from './feed.ts';
import { handover } from './handover.ts';
import { plan } from './plan.ts';
import { reads } from './reads.ts';
import { replaced } from './replaced.ts';
import { type Section, sectionText, writeReport } from './report.ts';
import { start } from './start.ts';
import { prepareWorld, type World, type WorldSize } from './world.ts';

/**
 * Measures, and asserts nothing. A measurement is a file with one function: worlds in, sections of the report out; it is
 * named below. `--full` adds the world of a million signals, more rounds and what takes long; `--only <words>` measures what matches, and writes no report;
 * `--plan` measures what a row costs, and prints what installations of several sizes take.
 */
const measurements: Readonly<Record<string, (worlds: readonly World[], only: RegExp) => Promise<Section[]>>> = {
  start,
  reads,
  feed,
  backfill,
  handover,
  replaced,
};

const quick: WorldSize[] = [{ signals: 100_000, agents: 50 }];
const full: WorldSize[] = [...quick, { signals: 1_000_000, agents: 50 }];

const { values } = parseArgs({
  options: { full: { type: 'boolean' }, only: { type: 'string' }, plan: { type: 'boolean' } },
});
const say = (text: string) => process.stdout.write(`${text}\n`);

const worlds = (values.full ? full : quick).map((size) => {
  const world = prepareWorld(size);
  const built = world.builtIn === undefined ? 'there already' : `written in ${world.builtIn.toFixed(0)} s`;
  say(`A mirror of ${size.signals} signals: ${built}.`);
  return world;
});

const sections: Section[] = [];
const [smallest] = worlds;
if (values.plan && smallest) say(sectionText(await plan(smallest)));
for (const measure of values.plan ? [] : Object.values(measurements)) {
  for (const section of await measure(worlds, new RegExp(values.only ?? ''))) {
    say(sectionText(section));
    sections.push(section);
  }
}
if (values.only === undefined && !values.plan)
  writeReport(fileURLToPath(new URL('../../bench/', import.meta.url)), sections, worlds);
