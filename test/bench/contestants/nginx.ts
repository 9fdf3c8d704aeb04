/** nginx with one process that proxies: the measure of what passing bytes on must cost. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort, startProgram, whenListening } from '../child.ts';
import { Absent, type Contestant } from './contestant.ts';

const PROGRAMS = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/local/bin/nginx', '/opt/homebrew/bin/nginx'];

export function nginxProgram(): string | undefined {
  return PROGRAMS.find((program) => existsSync(program));
}

function configuration(folder: string, port: number, upstreamPort: number): string {
  const { uid, username } = userInfo();
  const bodies = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
${uid === 0 ? `user ${username};` : ''}
daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
pid ${join(folder, 'pid')};
error_log ${join(folder, 'error.log')} error;
events { worker_connections 8192; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_max_body_size 0;
  ${bodies.map((name) => `${name}_temp_path ${join(folder, name)};`).join(' ')}
  upstream far { server 127.0.0.1:${upstreamPort}; keepalive 4096; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://far;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_request_buffering off;
    }
  }
}
`;
}

export async function startNginx(folder: string, upstreamPort: number): Promise<Contestant> {
  const command = nginxProgram();
  if (command === undefined)
    throw new Absent("nginx is not installed: install Debian's package nginx-light (or nginx) for the ratios to it");
  mkdirSync(folder, { recursive: true });
  const [port, output] = [await freePort(), join(folder, 'output.log')];
  writeFileSync(join(folder, 'nginx.conf'), configuration(folder, port, upstreamPort));
  const child = startProgram({
    command,
    arguments: ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')],
    folder,
    environment: { PATH: process.env.PATH ?? '' },
    output,
  });
  await whenListening(child, port, output);
  return { name: 'nginx', port, pid: child.pid, headers: [], close: () => child.stop() };
}
