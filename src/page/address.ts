import { maxDays, usualDays } from '../report/contents.ts';

/** The days that a page is about. */
export interface Period {
  days: number;
}

/** The periods that pages offer; an address may name any other up to 90 days. */
export const periods = [1, 7, 30, 90] as const;

/** The period that an address names; the usual one if it names none. */
export function periodIn(query: URLSearchParams): Period {
  const days = Number(query.get('days') ?? usualDays);
  return { days: Number.isInteger(days) && days >= 1 && days <= maxDays ? days : usualDays };
}

/** `?days=30`, or nothing for the usual period. */
export const queryOf = ({ days }: Period): string => (days === usualDays ? '' : `?days=${days}`);

/** The page of an agent. */
export function agentAddress(id: string, { days }: Period): string {
  const query = new URLSearchParams({ id, ...(days === usualDays ? {} : { days: String(days) }) });
  return `/agents?${query}`;
}
