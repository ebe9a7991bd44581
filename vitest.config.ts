import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/support/build.ts'],
    testTimeout: 30_000,
    // Most tests wait for processes and sockets: two at once take two thirds of the time, on two cores too.
    maxWorkers: 2,
  },
});
