import { auditFleetPrompt } from './audit-fleet.ts';
import type { Prompt } from './define-prompt.ts';
import { investigateRunPrompt } from './investigate-run.ts';
import { preDeployCheckPrompt } from './pre-deploy-check.ts';
import { triageAlertPrompt } from './triage-alert.ts';

/** Every prompt, in the order in which clients list them. */
export const prompts: readonly Prompt[] = [
  triageAlertPrompt,
  investigateRunPrompt,
  auditFleetPrompt,
  preDeployCheckPrompt,
];
