import { customDetectors } from './custom-detectors.ts';
import { policies } from './policies.ts';
import type { RecordList } from './record-list.ts';

/** The small lists that are read whole; each has a descriptor in this folder. */
export const recordListsByName = {
  policies,
  custom_detectors: customDetectors,
} as const satisfies Record<string, RecordList>;

export type RecordListName = keyof typeof recordListsByName;

export const recordListNames = Object.values(recordListsByName).map(({ name }) => name);
