/**
 * A strict parser of OpenMetrics 1.0 text, as its ABNF and its rules for families have it. It takes no more than what we
 * send: neither exemplars nor timestamps, which would be a mistake there.
 */

export interface ParsedSample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface ParsedFamily {
  type: string;
  unit: string | undefined;
  help: string | undefined;
  samples: ParsedSample[];
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const labelPair = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/;
const number = /^[+-]?(\d+(\.\d*)?([eE][+-]?\d+)?|\.\d+|Inf|NaN)$/;

const suffixes: Record<string, readonly string[]> = {
  gauge: [''],
  counter: ['_total', '_created'],
  histogram: ['_bucket', '_count', '_sum', '_created'],
  info: ['_info'],
};

const unescaped = (text: string) =>
  text.replace(/\\(["\\n])/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));

function labelsIn(text: string | undefined, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text ?? '';
  while (rest !== '') {
    const [pair, name = '', value = '', comma] = labelPair.exec(rest) ?? [];
    if (pair === undefined) throw new Error(`labels are wrong: ${line}`);
    if (name in labels) throw new Error(`a label is there twice: ${line}`);
    labels[name] = unescaped(value);
    rest = rest.slice(pair.length);
    if (comma === ',' && rest === '') throw new Error(`a comma too much: ${line}`);
  }
  return labels;
}

function numberIn(text: string, line: string): number {
  if (!number.test(text)) throw new Error(`not a number: ${line}`);
  return Number(text.replace('Inf', 'Infinity'));
}

function checkHistogram(name: string, { samples }: ParsedFamily): void {
  const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
  const bounds = buckets.map(({ labels }) => Number(labels.le?.replace('+Inf', 'Infinity')));
  if (bounds.some((bound, index) => index > 0 && bound <= (bounds[index - 1] ?? bound)))
    throw new Error(`the buckets of ${name} are not in order`);
  if (buckets.some(({ value }, index) => index > 0 && value < (buckets[index - 1]?.value ?? 0)))
    throw new Error(`the buckets of ${name} do not add up`);
  const count = samples.find((sample) => sample.name === `${name}_count`)?.value;
  if (bounds.at(-1) !== Number.POSITIVE_INFINITY || buckets.at(-1)?.value !== count)
    throw new Error(`the last bucket of ${name} is not its count`);
  if (!samples.some((sample) => sample.name === `${name}_sum`)) throw new Error(`${name} has no sum`);
}

function checkFamily(name: string, family: ParsedFamily): void {
  const { type, unit, samples } = family;
  const allowed = suffixes[type];
  if (!allowed) throw new Error(`${name} has the type ${type}`);
  if (unit !== undefined && !name.endsWith(`_${unit}`)) throw new Error(`${name} does not end with its unit ${unit}`);
  if (type === 'info' && samples.some(({ value }) => value !== 1)) throw new Error(`${name} is an info and not 1`);
  if (type === 'counter' && samples.some(({ value }) => !(value >= 0))) throw new Error(`${name} counts below 0`);
  for (const sample of samples)
    if (!allowed.some((suffix) => sample.name === `${name}${suffix}`))
      throw new Error(`${sample.name} is no sample of the ${type} ${name}`);
  const keys = samples.map(({ name: own, labels }) => JSON.stringify([own, Object.entries(labels).toSorted()]));
  if (new Set(keys).size < keys.length) throw new Error(`${name} has a sample twice`);
  if (type === 'histogram') checkHistogram(name, family);
}

/** Takes a line that describes a family. @returns the family's name. */
function describe(families: Map<string, ParsedFamily>, line: string): string {
  const [, key = '', name = '', said = ''] = /^# (TYPE|UNIT|HELP) (\S+) (.+)$/.exec(line) ?? [];
  if (!metricName.test(name)) throw new Error(`no line of OpenMetrics: ${line}`);
  const family = families.get(name) ?? { type: 'unknown', unit: undefined, help: undefined, samples: [] };
  if (family.samples.length > 0) throw new Error(`${name} is described after its samples`);
  const is = { TYPE: 'type', UNIT: 'unit', HELP: 'help' }[key];
  if (is === 'type' && family.type !== 'unknown') throw new Error(`${name} has two types`);
  families.set(name, { ...family, ...(is === undefined ? {} : { [is]: is === 'help' ? unescaped(said) : said }) });
  return name;
}

/** @throws Error that names the line or the family that is wrong. */
export function parseOpenMetrics(text: string): Map<string, ParsedFamily> {
  if (!text.endsWith('# EOF\n')) throw new Error('it does not end with # EOF');
  const families = new Map<string, ParsedFamily>();
  const ended = new Set<string>();
  let open = '';
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    if (line.startsWith('#')) {
      const name = describe(families, line);
      if (name !== open) ended.add(open);
      if (ended.has(name)) throw new Error(`${name} is in two places`);
      open = name;
      continue;
    }
    const [, name = '', labels, value = ''] = sampleLine.exec(line) ?? [];
    if (name === '') throw new Error(`no line of OpenMetrics: ${JSON.stringify(line)}`);
    const family = families.get(open);
    if (!family || !name.startsWith(open)) throw new Error(`${name} is not below its family`);
    family.samples.push({ name, labels: labelsIn(labels, line), value: numberIn(value, line) });
  }
  for (const [name, family] of families) checkFamily(name, family);
  return families;
}
