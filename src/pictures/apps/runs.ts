import { runsView } from '../views/runs.ts';
import { startView } from './start.ts';

void startView(runsView);
