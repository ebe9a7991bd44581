import { size } from './sync.ts';
import { duration } from './time.ts';

/** What is told while a mirror is taken from another server, a line each. */

const count = (value: number) => value.toLocaleString('en-US');

export const bytesLine = (received: number): string => `sync: ${size(received)} received`;

export const checkingLine = 'sync: checking what was received';

export const rowsLine = (rows: number, total: number): string => `sync: ${count(rows)}/${count(total)} rows copied`;

export const takenLine = ({ rows, from, seconds }: { rows: number; from: string; seconds: number }): string =>
  `took ${count(rows)} rows from ${from} in ${duration(seconds)}; they count as unproven until their lists were compared with the API as a whole`;
