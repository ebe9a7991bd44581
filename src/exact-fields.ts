/** Ids, failure types, versions and inputs: a caller passes them back, so they stay byte for byte wherever they are shown. */
const exact =
  /^(?:\w+_)?(?:agent_id|run_id|user_id|failure_types?|first_time_types|agent_version|input_hash)$|^newest_run_(?:before|after)$/;

/** Whether the field, or column, holds what a caller passes back. */
export const isExact = (name: string): boolean => exact.test(name);
