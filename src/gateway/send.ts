/**
 * Takes a request's body in the way that it needs, and sends the call on: small ones whole, large ones as they come, those that
 * somebody has to look into first held until then.
 */
import type { Call } from './call.ts';
import type { Incoming } from './client-side.ts';
import { forward, forwardStream } from './forward.ts';
import { collectGuarded, guardRequest, isRequestGuarded } from './guarded-request.ts';
import { collect, collectAll, COLLECTED_BYTES, declaredLength } from './request-body.ts';
import { takesStreamUsage, withStreamUsage } from './stream-usage.ts';

/** A body that Stream-Usage may have to rewrite is held whole; longer ones pass as they are. */
const REWRITTEN_BYTES = 32 * 1024 * 1024;

/** Sends a call whose destination is known. */
export function send(call: Call): void {
  const { incoming, outgoing } = call;
  const length = declaredLength(incoming);
  if (length === undefined) {
    forward(call, null);
    return;
  }
  if (expectsContinue(incoming)) outgoing.writeContinue();
  if (length <= REWRITTEN_BYTES && asksForUsage(call)) sendWithUsage(call);
  else if (isRequestGuarded(call))
    collectGuarded(call, length, {
      whole: (body) => guardRequest(call, body, () => forward(call, body)),
      begun: (start) => (start === undefined ? sendAsItComes(call, length) : forwardStream(call, length, start)),
    });
  else sendAsItComes(call, length);
}

export function expectsContinue(incoming: Incoming): boolean {
  return incoming.httpVersionMinor !== 0 && /(?:^|\W)100-continue(?:$|\W)/i.test(incoming.headers.expect ?? '');
}

function sendAsItComes(call: Call, length: number): void {
  if (length !== -1 && length <= COLLECTED_BYTES)
    collect(call.incoming, length, (body) => {
      if (!call.over) forward(call, body);
    });
  else forwardStream(call, length);
}

function asksForUsage({ reading, destination }: Call): boolean {
  return reading.directives.streamUsage && takesStreamUsage(destination!.target.provider, destination!.path);
}

function sendWithUsage(call: Call): void {
  const limit = Math.min(REWRITTEN_BYTES, call.core.options.limits.requestBodyBytes);
  collectAll(call.incoming, limit, (body) => {
    if (call.over) return;
    if (body === undefined)
      call.refuse('body_too_large', `A body that Stream-Usage may have to change has at most ${limit} bytes.`);
    else
      guardRequest(call, body, () => forward(call, withStreamUsage(body, call.incoming.headers['content-encoding'])));
  });
}
