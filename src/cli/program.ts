import { Argument, Command, CommanderError, Option } from 'commander';
import { clientNames } from '../clients/names.ts';
import { type ExitCode, exitCodes, UsageError } from '../errors.ts';
import { isPublished } from '../published.ts';
import { rowFormats } from '../text/rows.ts';
import type { CheckOptions } from './check.ts';
import { agentsCommand, completionScript, shells } from './completion.ts';
import type { ConfigOptions } from './config-entry.ts';
import type { DemoOptions } from './demo.ts';
import { type Io, type Run, verboseIo } from './io.ts';
import type { ReportOptions } from './report.ts';
import type { ServeOptions } from './serve-http.ts';
import type { SqlOptions } from './sql-options.ts';
import type { SyncOptions } from './sync.ts';
import { addToolCommands } from './tool-commands.ts';

const settings = `
Settings (environment variables):
  DUNETRACE_API_URL          Customer API base URL (http://localhost:8002)
  DUNETRACE_API_KEY          bearer key (dt_dev_test)
  DUNETRACE_DB               mirror file (one for each URL and key in the user data folder)
  DUNETRACE_POLL_SECONDS     time between polls (30)
  DUNETRACE_SETTLE_SECONDS   how long after an agent was last seen its rows may still turn up (300)
  DUNETRACE_TIMEOUT_SECONDS  time limit of one request (15)
  DUNETRACE_CONCURRENCY      requests at once (4)
  DUNETRACE_RPM              requests a minute, of all processes on a file (300)
  DUNETRACE_LIVE_BUDGET_MS   how long an answer may wait for the API (2500)
  DUNETRACE_EVENTS_DAYS      how many days back a server mirrors the events of runs (30; 0: none)
  DUNETRACE_FULL_SYNC_HOURS  hours after which a server reads each list whole, to find missed changes (24; 0: never)
  DUNETRACE_KEEP_DAYS        how many days of rows a server keeps (0: all)
  DUNETRACE_MAX_MB           how large the mirror may become (20000)
  DUNETRACE_CONTENT          what becomes of texts in events and evidence (hash; keep: they are stored and shown)
  DUNETRACE_AGENTS           which agents are mirrored: ids with * and ?, commas between, ! leaves out (all)
  DUNETRACE_ANSWERS          what answers to MCP clients hold (auto: by the client's name; text, structured, both)
  DUNETRACE_LOG              a log of the work: stderr, or a file for JSON lines (none)
  DUNETRACE_HTTP_TOKEN       bearer token that serve --http demands (none; needed off this machine), and sync --from sends
  DUNETRACE_ORIGINS          origins of pages that may use serve --http, with commas between them (none)

Exit codes: 0 done, 1 bug, or a tool's error, 2 usage, 3 API unreachable, 4 unauthorized, 5 mirror file, 6 done in part`;

interface Verbose {
  verbose?: boolean;
}

// Each command loads its own code only when it runs: a server does not wait for the demo's code.

function addServe(program: Command, run: Run): void {
  program
    .command('serve', { isDefault: true })
    .description('speak MCP over stdio, or over HTTP, and keep the mirror up to date')
    .option('--http', 'over HTTP: Streamable HTTP at /mcp, the older SSE at /sse, and pages for browsers at /')
    .option('--sse', 'the same as --http')
    .option('--host <address>', 'where --http listens (127.0.0.1); elsewhere it needs DUNETRACE_HTTP_TOKEN')
    .option('--port <number>', 'its port (8000; 0 picks a free one); says nothing without --http')
    .option('--verbose', 'log the work on stderr, as with DUNETRACE_LOG=stderr')
    .action(async (options: ServeOptions & Verbose) => {
      const io = verboseIo(run.io, options.verbose);
      const { overStdio, serve } = await import('./serve.ts');
      // An editor waits for a stdio server to start, so that server does not load the HTTP code. A port alone asks for
      // no HTTP, as with the Python server: settings of clients that name one go on working.
      const isOverStdio = !options.http && !options.sse && options.host === undefined;
      if (isOverStdio && options.port !== undefined)
        run.io.stderr.write(
          'dunetrace-mcp: --port is for a server over HTTP (--http); this one speaks MCP over stdio.\n',
        );
      const speak = isOverStdio ? overStdio : (await import('./serve-http.ts')).overHttp(options, io);
      run.code = await serve(io, speak);
    });
}

function addSync(program: Command, run: Run): void {
  program
    .command('sync')
    .description('bring the mirror up to date, once')
    .option('--full', 'read every list whole and reconcile it: mark what is gone, refresh what changed')
    .addOption(
      new Option(
        '--check',
        'compare every row with the API instead, and write nothing; exit code 6 if any differs',
      ).conflicts('full'),
    )
    .option('--sample <pages>', 'with --check: only so many pages of each list')
    .option('--agent <agent>', 'only this agent')
    .addOption(
      new Option(
        '--from <url>',
        'first take the mirror of that server (serve --http), whose token DUNETRACE_HTTP_TOKEN is, in place of an empty one',
      ).conflicts(['check', 'agent']),
    )
    .option('--json', 'print the summary as one JSON object')
    .option('--quiet', 'print nothing but warnings and errors')
    .option('--verbose', 'log the work on stderr, as with DUNETRACE_LOG=stderr')
    .action(async (options: SyncOptions & CheckOptions & Verbose & { check?: boolean }) => {
      const io = verboseIo(run.io, options.verbose);
      if (options.sample !== undefined && !options.check) throw new UsageError('--sample goes with --check.');
      run.code = options.check
        ? await (await import('./check.ts')).check(io, options)
        : await (await import('./sync.ts')).sync(io, options);
    });
}

function addStatus(program: Command, run: Run): void {
  program
    .command('status')
    .description('what the mirror holds, how old it is, and whether the API answers')
    .option('--json', 'print it as one JSON object')
    .action(async (options: { json?: boolean }) => {
      const { status } = await import('./status.ts');
      run.code = await status(run.io, options);
    });
}

function addDoctor(program: Command, run: Run): void {
  program
    .command('doctor')
    .description('check Node, settings, clients, mirror file and API, and name the fix for what is wrong')
    .option('--json', 'print it as one JSON object')
    .action(async (options: { json?: boolean }) => {
      const { doctor } = await import('./doctor.ts');
      run.code = await doctor(run.io, options, isPublished);
    });
}

function addConfig(program: Command, run: Run): void {
  program
    .command('config')
    .description('print what an MCP client needs in its settings to start this server, or write it there')
    .addArgument(new Argument('[client]', 'without one, those on this machine are offered').choices(clientNames))
    .option('--write', "put it into the client's file; other servers and comments stay, the old file is saved as .bak")
    .addOption(
      new Option('--scope <scope>', 'the file for this user, or for the project in this folder')
        .choices(['user', 'project'])
        .default('user'),
    )
    .option('--http', 'connect to a running server: dunetrace-mcp serve --http')
    .addOption(new Option('--port <number>', 'the same, on another port than 8000').implies({ http: true }))
    .addOption(new Option('--url <address>', 'the same, at another address').implies({ http: true }).conflicts('port'))
    .action(async (client: string | undefined, options: ConfigOptions) => {
      const { config } = await import('./config.ts');
      const { ownProgram } = await import('./own-program.ts');
      run.code = await config(run.io, client, options, ownProgram(run.io, isPublished));
    });
}

function addSql(program: Command, run: Run): void {
  program
    .command('sql')
    .description('ask the mirror with SQL, read-only (views: v_agents, v_runs, v_signals, v_run_events)')
    .argument(
      '[statement]',
      'one read-only statement, or a command such as .tables; "-" or a pipe reads it from stdin; without one, a terminal gets a shell',
    )
    .addOption(new Option('--format <format>', 'how the rows are printed').choices(rowFormats).default('table'))
    .addOption(
      new Option('--spreadsheet', "CSV for a spreadsheet: texts that it would run as formulas begin with '").implies({
        format: 'csv',
      }),
    )
    .option('--limit <rows>', 'how many rows to print at most (a table: 1000, the maximum; other formats: all)')
    .option(
      '--timeout <seconds>',
      'seconds after which a statement is ended (10); those without a row, where rows are not printed as a table',
    )
    .option('--file <file>', "anyone's mirror, whatever its key and URL, instead of your own; it is only read")
    .option('--examples', 'print useful statements, with what they answer')
    .action(async (statement: string | undefined, options: SqlOptions) => {
      const { sql } = await import('./sql.ts');
      run.code = await sql(run.io, statement, options);
    });
}

function addReport(program: Command, run: Run): void {
  program
    .command('report')
    .description('make one HTML file of what the mirror holds, with charts, to look at and pass on')
    .option('--agent <agent>', 'only this agent')
    .option('--days <number>', 'how many days, 1 to 90 (7)')
    .option('--out <file>', 'where to write it (dunetrace-report.html); - is stdout')
    .action(async (options: ReportOptions) => {
      const { report } = await import('./report.ts');
      run.code = await report(run.io, options);
    });
}

function addReset(program: Command, run: Run): void {
  program
    .command('reset')
    .description('empty the mirror; servers that run on it fill it again')
    .option('--yes', 'do not ask for confirmation')
    .action(async (options: { yes?: boolean }) => {
      const { reset } = await import('./reset.ts');
      run.code = await reset(run.io, options);
    });
}

function addCompletion(program: Command, run: Run): void {
  program
    .command('completion')
    .description('print the script that makes a shell complete commands and options')
    .addArgument(new Argument('<shell>').choices(shells))
    .action(async (shell: string) => {
      const { tools } = await import('../tools/registry.ts');
      const named = tools.map(({ name }) => name);
      run.io.stdout.write(completionScript(shell, program, named));
    });
  program.command(agentsCommand, { hidden: true }).action(async () => {
    const { printAgents } = await import('./completed-agents.ts');
    printAgents(run.io);
  });
}

function addDemo(program: Command, run: Run): void {
  program
    .command('demo')
    .description('show it all on an embedded sample API: sync, ask over MCP, cut the API off, ask again')
    .addOption(new Option('--generation <number>', 'which API the sample is').choices(['1', '2', '3']).default('3'))
    .action(async (options: DemoOptions) => {
      const { demo } = await import('./demo.ts');
      run.code = await demo(run.io, options);
    });
}

function createProgram(run: Run): Command {
  const { version, stdout, stderr } = run.io;
  const program = new Command('dunetrace-mcp')
    .description('A local mirror of the Dunetrace Customer API for MCP clients. Without a command: serve.')
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .showHelpAfterError('(see dunetrace-mcp --help)')
    .addHelpText('after', settings);
  addServe(program, run);
  addSync(program, run);
  addStatus(program, run);
  addDoctor(program, run);
  addConfig(program, run);
  addToolCommands(program, run);
  addSql(program, run);
  addReport(program, run);
  addReset(program, run);
  addCompletion(program, run);
  addDemo(program, run);
  return program;
}

/**
 * Runs the command that `args` (without node and script) name.
 * @returns the exit code; @throws the error, for main to print.
 */
export async function runProgram(args: readonly string[], io: Io): Promise<ExitCode> {
  const run: Run = { io, code: exitCodes.done };
  const program = createProgram(run);
  const [first] = args;
  const names = [...program.commands.map((command) => command.name()), 'help'];
  if (first !== undefined && !first.startsWith('-') && !names.includes(first)) {
    const shown = names.filter((name) => name !== agentsCommand);
    throw new UsageError(`There is no command "${first}". There are: ${shown.join(', ')}.`);
  }
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    // commander has already printed the usage error, or the help that the user asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    throw error;
  }
  return run.code;
}
