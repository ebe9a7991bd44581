import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'sqlite',
  schema: [
    './src/db/schema.ts',
    './src/db/day-tables.ts',
    './src/db/sync-tables.ts',
    './src/db/process-tables.ts',
    './src/db/views.ts',
    './src/db/record-views.ts',
  ],
  out: './migrations',
});
