/** A gateway in a process of its own, for tests of its memory: `node gateway-process.ts <upstream url>`, spoken to by IPC. */
import type { Exchange } from '../../src/model/exchange.ts';
import { startGateway } from './start-gateway.ts';

const exchanges: object[] = [];
// Only what tells of the bytes is kept, so that the test's own memory does not count.
const gateway = await startGateway(process.argv[2]!, {
  limits: { requestBodyBytes: 256 * 1024 * 1024 },
  record: (exchange) => {
    exchanges.push(summary(exchange));
    gateway.exchanges.length = 0;
    return Promise.resolve();
  },
});
let peak = 0;
const timer = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 5);

process.on('message', (message) => {
  if (message === 'mark') peak = process.memoryUsage.rss();
  process.send!({ rss: process.memoryUsage.rss(), peak, exchanges });
});
process.on('disconnect', () => {
  clearInterval(timer);
  void gateway.close();
});
process.send!({ port: gateway.port });

function summary({ request, response, ending }: Exchange): object {
  const side = ({ parts: _parts, ...rest }: Exchange['request']): object => rest;
  return { ending, request: side(request), response: side(response) };
}
