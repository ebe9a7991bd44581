import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'sqlite',
  schema: ['./src/db/schema.ts', './src/mirror/counts.ts', './src/db/process-tables.ts', './src/db/views.ts'],
  out: './migrations',
});
