import * as z from 'zod';
import { textState } from '../queries/texts.ts';
import { plural } from '../text/plural.ts';
import { barredLines } from '../text/rows.ts';
import { clampLimit, limitArgument } from './arguments.ts';
import { defineTool } from './define-tool.ts';

const maxRows = 200;
const maxSql = 10_000;
const timeoutMs = 5000;
/** Limits of one answer, in columns and characters; a row's line is shorter than the longest line of an answer. */
const bounds = { columns: 200, cellChars: 500, rowChars: 3600, totalChars: 24_000 };

export const queryMirrorTool = defineTool({
  name: 'query_mirror',
  title: 'SQL on the mirror',
  description: `One read-only SQL statement (SQLite) on the mirror's database, for counts and joins that search_signals, breakdown and the others do not have. Views: v_agents(agent_id, last_seen, run_count, signal_count), v_runs(run_id, agent_id, agent_version, started_at, completed_at, exit_reason, step_count, signal_count), v_signals(id, failure_type, severity, run_id, agent_id, agent_version, detected_at, evidence JSON, title, what), v_run_events(run_id, agent_id, seq, event_type, timestamp, payload JSON, model, tool_name, latency_ms). Times: Unix seconds, or *_iso. All columns: resource dunetrace://schema.`,
  input: z.strictObject({
    sql: z
      .string({ error: 'takes a text' })
      .max(maxSql, `is longer than ${maxSql} characters`)
      .describe('Such as SELECT ... GROUP BY'),
    limit: limitArgument(maxRows, maxRows),
  }),
  output: z.object({
    columns: z.array(z.string()),
    /** Cells in the order of the columns. */
    rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
    row_count: z.number(),
    /** There are more rows; how many is unknown. */
    truncated: z.boolean(),
  }),
  handler: async (args, { ensure, sql }, { signal, caller }) => {
    const { file, freshness } = await ensure.fleet((reader, ensured) => ({
      freshness: { ...ensured.freshness, texts: textState(reader) },
      file: reader.file,
    }));
    const { limit, notes } = clampLimit(args.limit, maxRows);
    const question = { file, sql: args.sql, limits: { ...bounds, rows: limit } };
    const { columns, rows, truncated, cutCells } = await sql.ask(question, { timeoutMs, signal, caller });
    const count = rows.length;
    return {
      lines: [
        truncated ? `The first ${plural(count, 'row')}; there are more:` : `${plural(count, 'row')}:`,
        ...barredLines({ columns, rows, truncated }),
      ],
      structured: { columns: columns.map(({ name }) => name), rows, row_count: count, truncated },
      exact: columns.filter(({ isExact }) => isExact).map(({ name }) => name),
      freshness,
      notes: [
        ...(truncated ? ['there are more rows, which are not counted; use count(*) or GROUP BY to cover all'] : []),
        ...(cutCells > 0
          ? [`${plural(cutCells, 'cell')} cut, followed by the full length; substr() shows the rest`]
          : []),
        ...notes,
      ],
    };
  },
});
