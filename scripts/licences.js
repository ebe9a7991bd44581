// The licences of the packages that a build holds.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Some packages name a licence and leave out its text; another package has it. */
const elsewhere = { 'Apache-2.0': 'node_modules/typescript/LICENSE' };

function licenceOf(root, folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const found = readdirSync(join(root, folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  const files = found.length > 0 ? found.map((file) => join(folder, file)) : [elsewhere[license]];
  if (files.includes(undefined)) throw new Error(`${name} has no text of its licence, ${license}`);
  const texts = files.map((file) => readFileSync(join(root, file), 'utf8').trim());
  return [`${name} ${version} (${license})`, ...texts].join('\n\n');
}

/** One text with the licences of all packages that these files are from. */
export function licencesOf(root, files) {
  const folders = files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  const licences = [...new Set(folders)].sort().map((folder) => licenceOf(root, folder));
  const head = 'The files of this folder hold the following packages.';
  return `${[head, ...licences].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}
