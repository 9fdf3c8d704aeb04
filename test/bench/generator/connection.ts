/**
 * One keep-alive connection of the load generator: writes prepared bytes and finds the end of the answer, by its length
 * or its chunks. It checks nothing else: what it costs is taken from the contestants on a machine of few cores.
 */
import { connect, type Socket } from 'node:net';

export interface Listener {
  /** A piece of the body; the bytes are valid during the call only. */
  body?(piece: Buffer): void;
  done(status: number): void;
  /** The connection broke, or the answer is not HTTP. Nothing follows. */
  failed(reason: string): void;
}

// One buffer for all connections: a read is handled before the next one begins.
const shared = Buffer.allocUnsafeSlow(256 << 10);
const NOTHING = Buffer.alloc(0);

const HEAD = 0;
const LENGTH = 1;
const CHUNK_SIZE = 2;
const CHUNK = 3;
const CHUNK_BREAK = 4;
const LAST_BREAK = 5;

export class Connection {
  readonly socket: Socket;
  listener: Listener | undefined;
  #state = HEAD;
  #left = 0;
  #status = 0;
  #kept: Buffer = NOTHING;
  #closed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket: Socket = connect({
        port,
        host: '127.0.0.1',
        noDelay: true,
        onread: {
          buffer: shared,
          callback: (length, buffer) => {
            connection.#take(buffer.subarray(0, length) as Buffer);
            return true;
          },
        },
      });
      const connection = new Connection(socket);
      socket.once('connect', () => resolve(connection));
      socket.once('error', reject);
      socket.on('error', (error) => connection.#fail(error.message));
      socket.on('close', () => connection.#fail('the connection was closed'));
    });
  }

  send(bytes: string | Buffer, listener: Listener): void {
    this.listener = listener;
    if (this.#closed) this.#fail('the connection was closed');
    else if (typeof bytes === 'string') this.socket.write(bytes, 'latin1');
    else this.socket.write(bytes);
  }

  close(): void {
    this.listener = undefined;
    this.socket.destroy();
  }

  #fail(reason: string): void {
    this.#closed = true;
    const { listener } = this;
    this.listener = undefined;
    listener?.failed(reason);
  }

  #take(read: Buffer): void {
    const bytes = this.#kept.length === 0 ? read : Buffer.concat([this.#kept, read]);
    this.#kept = NOTHING;
    let at = 0;
    while (at < bytes.length) {
      const next = this.#step(bytes, at);
      if (next === -1) {
        this.#kept = Buffer.from(bytes.subarray(at));
        return;
      }
      at = next;
    }
  }

  /** Where to go on, or -1 where more bytes are needed. */
  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case HEAD:
        return this.#readHead(bytes, at);
      case CHUNK_SIZE:
        return this.#readChunkSize(bytes, at);
      case CHUNK_BREAK:
      case LAST_BREAK: {
        if (bytes.length < at + 2) return -1;
        const last = this.#state === LAST_BREAK;
        this.#state = last ? HEAD : CHUNK_SIZE;
        if (last) this.#done();
        return at + 2;
      }
      default:
        return this.#readBody(bytes, at);
    }
  }

  #readHead(bytes: Buffer, at: number): number {
    const end = bytes.indexOf('\r\n\r\n', at);
    if (end === -1) return -1;
    const head = bytes.toString('latin1', at, end);
    this.#status = Number(head.slice(9, 12));
    if (this.#status < 200) return end + 4;
    const length = /\r\ncontent-length: *(\d+)/i.exec(head);
    if (length !== null) {
      this.#left = Number(length[1]);
      this.#state = LENGTH;
      if (this.#left === 0) {
        this.#state = HEAD;
        this.#done();
      }
    } else if (/\r\ntransfer-encoding: *chunked/i.test(head)) this.#state = CHUNK_SIZE;
    else this.#fail(`an answer without length:\n${head}`);
    return end + 4;
  }

  #readChunkSize(bytes: Buffer, at: number): number {
    const end = bytes.indexOf('\r\n', at);
    if (end === -1) return -1;
    this.#left = Number.parseInt(bytes.toString('latin1', at, end), 16);
    this.#state = this.#left === 0 ? LAST_BREAK : CHUNK;
    return end + 2;
  }

  #readBody(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left);
    this.#left -= end - at;
    this.listener?.body?.(bytes.subarray(at, end));
    if (this.#left === 0) {
      const chunked = this.#state === CHUNK;
      this.#state = chunked ? CHUNK_BREAK : HEAD;
      if (!chunked) this.#done();
    }
    return end;
  }

  #done(): void {
    this.listener?.done(this.#status);
  }
}
