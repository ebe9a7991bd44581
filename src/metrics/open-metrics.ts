/**
 * Writes OpenMetrics 1.0 text. Every value is read when it is asked for, from the mirror or a counter of the process: a
 * client library, which keeps values and sets them, would be the larger part of this.
 */

export type Labels = Readonly<Record<string, string>>;

/** A value of a family, under its name with the suffix, such as `_total`. */
export interface Sample {
  suffix?: string;
  labels?: Labels;
  value: number;
}

export interface Family {
  /** Without a suffix; it ends with the unit, if there is one. */
  name: string;
  type: 'gauge' | 'counter' | 'histogram' | 'info';
  unit?: string;
  help: string;
  samples: readonly Sample[];
}

const escaped = (text: string) => text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n');

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}

function sampleLine(name: string, { suffix = '', labels = {}, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${suffix}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${numberText(value)}`;
}

function familyLines({ name, type, unit, help, samples }: Family): string[] {
  return [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escaped(help)}`,
    ...samples.map((sample) => sampleLine(name, sample)),
  ];
}

/** The families as one exposition; families without samples are left out. */
export function openMetrics(families: readonly Family[]): string {
  const lines = families.filter(({ samples }) => samples.length > 0).flatMap(familyLines);
  return `${[...lines, '# EOF'].join('\n')}\n`;
}
