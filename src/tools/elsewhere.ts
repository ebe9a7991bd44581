/**
 * Tools that clients of the Python server know and this server does not have: where to do instead what they do. This
 * server sends nothing but GET requests that cost nothing, so nothing that changes or spends is a tool here.
 */

const reads = (name: string) => `There is no tool "${name}": this server only reads.`;

const doing: Readonly<Record<string, string>> = {
  resolve_issue: 'Resolve an issue in the Dunetrace dashboard, or with POST /v1/issues/<id>/resolve of its API.',
  trigger_explain:
    "The analysis costs a model's call: start it in the Dunetrace dashboard, or with POST /v1/signals/<id>/explain of its API. get_signal_detail and get_run_detail have the facts that it works from.",
  create_policy:
    'Make a policy in the Dunetrace dashboard, with POST /v1/policies of its API, or in code with dt.add_policy (dunetrace://docs/policies). list_policies shows those there are.',
  toggle_policy:
    'Switch a policy on or off in the Dunetrace dashboard, or with PATCH /v1/policies/<id>/toggle of its API. list_policies shows the ids.',
  delete_policy:
    'Delete a policy in the Dunetrace dashboard, or with DELETE /v1/policies/<id> of its API. list_policies shows the ids.',
  create_custom_detector:
    'Make a detector in the Dunetrace dashboard, or with POST /v1/custom-detectors of its API. list_custom_detectors shows those there are.',
  activate_custom_detector:
    'Activate a detector in the Dunetrace dashboard, or with PATCH /v1/custom-detectors/<id> of its API. list_custom_detectors shows the ids.',
  pause_custom_detector:
    'Pause a detector in the Dunetrace dashboard, or with PATCH /v1/custom-detectors/<id> of its API. list_custom_detectors shows the ids.',
  delete_custom_detector:
    'Delete a detector in the Dunetrace dashboard, or with DELETE /v1/custom-detectors/<id> of its API. list_custom_detectors shows the ids.',
};

const unread: Readonly<Record<string, string>> = {
  list_all_signals: 'Use search_signals, which without filters lists the signals of all agents.',
  list_voice_calls: 'Voice calls are not mirrored: see the Dunetrace dashboard, or GET /v1/calls of its API.',
  get_call_detail: 'Voice calls are not mirrored: see the Dunetrace dashboard, or GET /v1/calls/<id> of its API.',
};

/** The names of tools that change something, or spend money. */
export const writeTools: readonly string[] = Object.keys(doing);

/** What to do instead of calling a tool that only another server has; undefined: its name says nothing. */
export function elsewhere(name: string): string | undefined {
  if (Object.hasOwn(doing, name)) return `${reads(name)} ${doing[name]}`;
  return Object.hasOwn(unread, name) ? `There is no tool "${name}". ${unread[name]}` : undefined;
}
