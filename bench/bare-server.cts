/** The floor of a start: node alone, answering each line of JSON-RPC at once. */
let heard = '';
process.stdin.on('data', (chunk) => {
  const lines = (heard + chunk).split('\n');
  heard = lines.pop() ?? '';
  for (const line of lines) {
    const { id } = JSON.parse(line);
    if (id !== undefined) process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, result: {} })}\n`);
  }
});
