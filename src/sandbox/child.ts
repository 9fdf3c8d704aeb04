/**
 * The child's end of a sandbox: frames in on descriptor 3, frames out on 4, progress on 5.
 * Output is written synchronously, so that what was said before a hang or a crash has been said.
 */
import { rmdirSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { FrameReader, frameOf } from './frames.ts';
import { ProgressWriter } from './progress.ts';

export interface Parent {
  progress: ProgressWriter;
  send: (frame: unknown) => void;
}

/** Connects to the parent; the process ends when the parent goes away. */
export function connectParent(frameBytes: number, onFrame: (frame: unknown, parent: Parent) => void): Parent {
  const parent: Parent = {
    progress: new ProgressWriter(5),
    send: (frame) => writeAll(4, frameOf(frame)),
  };
  const reader = new FrameReader(frameBytes, (frame) => onFrame(frame, parent));
  const socket = new Socket({ fd: 3, readable: true, writable: false });
  socket.on('data', (chunk: Buffer) => reader.push(chunk));
  const folder = process.cwd();
  socket.on('close', () => leave(folder));
  socket.on('error', () => leave(folder));
  dieWithParent();
  return parent;
}

/** The parent would have removed the child's folder, and cannot any more. */
function leave(folder: string): never {
  try {
    rmdirSync(folder);
  } catch {
    // Something was left in it; that is not ours to delete.
  }
  process.exit(0);
}

/** A child that cannot answer any more is of no use; what it had not said yet is done again by another. */
function writeAll(fd: number, bytes: Buffer): void {
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
  } catch {
    process.exit(70);
  }
}

/**
 * A blocked main thread cannot see that the parent is gone, and would spin as an orphan for ever: another thread looks.
 */
function dieWithParent(): void {
  const code = `const parent = ${process.ppid};
    setInterval(() => { if (process.ppid !== parent) process.kill(${process.pid}, 'SIGKILL'); }, 1000);`;
  new Worker(code, { eval: true, stdout: true, stderr: true, resourceLimits: { maxOldGenerationSizeMb: 8 } }).unref();
}
