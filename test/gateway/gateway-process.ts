/** A gateway in a process of its own, for tests of its memory: `node gateway-process.ts <upstream url>`, spoken to by IPC. */
import { startGateway } from './start-gateway.ts';

const gateway = await startGateway(process.argv[2]!, { limits: { requestBodyBytes: 256 * 1024 * 1024 } });
let peak = 0;
const timer = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 5);

process.on('message', (message) => {
  if (message === 'mark') peak = process.memoryUsage.rss();
  process.send!({ rss: process.memoryUsage.rss(), peak, exchanges: gateway.exchanges.map(summary) });
});
process.on('disconnect', () => {
  clearInterval(timer);
  void gateway.close();
});
process.send!({ port: gateway.port });

function summary({ request, response, ending }: (typeof gateway.exchanges)[number]): object {
  const side = ({ bytes, ...rest }: typeof request): object => ({ ...rest, kept: bytes.length });
  return { ending, request: side(request), response: side(response) };
}
