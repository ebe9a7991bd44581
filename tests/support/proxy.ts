import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import { serveOnLoopback } from './loopback.ts';

/** A proxy that notes the hosts it is asked for, and takes every request to the server at `port` of this machine. */
export async function startProxy(port: number) {
  const asked: string[] = [];
  const server = createServer((req, res) => {
    asked.push(new URL(req.url ?? '').host);
    const { pathname, search } = new URL(req.url ?? '');
    const onward = request({ port, host: '127.0.0.1', path: pathname + search }, (answer) => answer.pipe(res));
    req.pipe(onward);
  });
  server.on('connect', (req, socket) => {
    asked.push(req.url ?? '');
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    socket.on('error', () => onward.destroy());
    onward.on('error', () => socket.destroy());
    socket.on('close', () => onward.destroy());
    onTestFinished(() => void socket.destroy());
  });
  return { url: await serveOnLoopback(server), asked };
}
