import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'sqlite',
  schema: [
    './src/mirror/schema.ts',
    './src/mirror/counts.ts',
    './src/mirror/process-tables.ts',
    './src/mirror/views.ts',
  ],
  out: './migrations',
});
