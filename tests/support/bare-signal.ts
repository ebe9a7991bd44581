/** What a row of a signals list need not say. */
export const bareSignal = {
  agentVersion: null,
  stepIndex: null,
  confidence: null,
  evidence: null,
  alerted: null,
  shadow: null,
  coSignalCount: null,
  title: null,
  what: null,
  whyItMatters: null,
  evidenceSummary: null,
  suggestedFixes: null,
  extra: null,
};
