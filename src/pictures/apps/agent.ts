import { agentView } from '../views/agent.ts';
import { startView } from './start.ts';

void startView(agentView);
