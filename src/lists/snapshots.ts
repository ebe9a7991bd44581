import { customDetectors } from './custom-detectors.ts';
import { policies } from './policies.ts';
import type { SnapshotList } from './snapshot-list.ts';

/** The small lists that are read whole; each has a descriptor in this folder. */
export const snapshots = {
  policies,
  custom_detectors: customDetectors,
} as const satisfies Record<string, SnapshotList>;

export type SnapshotName = keyof typeof snapshots;

export const snapshotNames = Object.values(snapshots).map(({ name }) => name);
