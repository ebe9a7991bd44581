import { runProgram } from './cli/program.ts';
import { runAsProcess } from './process.ts';

/** The program with all its commands. */
void runAsProcess(runProgram);
