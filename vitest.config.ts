import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/support/build.ts'],
    testTimeout: 30_000,
    // Most tests wait for processes and sockets: more of them at once than there are cores take less time.
    maxWorkers: 3,
  },
});
