// Starts the built program as its operator does: a process, settings in the environment, a folder of its own.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const BIN = process.env.FIDELIDADE_BIN;
const PATIENCE_MS = 60_000;
export const ROOT = new URL('../..', import.meta.url).pathname;
/** What `config/production.toml` sets. */
export const PRODUCTION = join(ROOT, 'config/production.toml');
const PASSWORD = 'uma senha longa';

/**
 * Starts the program and waits until it is ready.
 * `settings` by their full names, such as 'http.introspection'; `config` is a file of settings below them, and
 * `command` gives the arguments for a port.
 */
export async function start(settings = {}, { config, command } = {}) {
  if (!BIN) throw new Error('FIDELIDADE_BIN names no program: begin with the script `run`');
  const folder = mkdtempSync(join(tmpdir(), 'fidelidade-'));
  const port = await freePort();
  const env = {
    PATH: process.env.PATH,
    ...(config ? { FIDELIDADE_CONFIG: config } : {}),
    ...environment({ 'data.dir': folder, 'http.address': `127.0.0.1:${port}`, 'log.filter': 'warn', ...settings }),
  };
  const child = spawn(BIN, command?.(port) ?? [], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (log += text));
  const program = {
    origin: `http://127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}/graphql`,
    socket: `ws://127.0.0.1:${port}/graphql/ws`,
    log: () => log,
    /** Runs another command of the program on the same folder and database. */
    run: (...args) => execFileSync(BIN, args, { env, encoding: 'utf8' }),
    memory: () => memory(child.pid),
    processorTime: () => processorTime(child.pid),
    forgetPeak: () => writeFileSync(`/proc/${child.pid}/clear_refs`, '5'),
    async stop() {
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        await new Promise((resolve) => child.once('exit', resolve));
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await ready(program, child);
  } catch (error) {
    await program.stop();
    throw error;
  }
  return program;
}

/** A user who signed in: functions that ask in their name, and their tokens. */
export async function signIn(program, email = 'dona@loja-exemplo.invalid') {
  program.run('user', 'create', '--email', email, '--password', PASSWORD);
  const query = `mutation ($input: SignInInput!) {
    signIn(input: $input) { session { accessToken } userErrors { message } } }`;
  const data = await ask(program, query, { input: { email, password: PASSWORD } });
  return data.signIn.session.accessToken;
}

/** What has to succeed: the data of an answer without errors. */
export async function ask(program, query, variables, token) {
  const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const response = await fetch(program.url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const answer = await response.json();
  if (answer.errors) throw new Error(`${query}\n${JSON.stringify(answer.errors)}`);
  return answer.data;
}

function environment(settings) {
  const name = (key) => `FIDELIDADE__${key.toUpperCase().replaceAll('.', '__')}`;
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [name(key), String(value)]));
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function ready(program, child) {
  const until = Date.now() + PATIENCE_MS;
  while (Date.now() < until) {
    if (child.exitCode !== null) break;
    const answer = await fetch(`${program.origin}/health/ready`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(50);
  }
  throw new Error(`the program does not start:\n${program.log()}`);
}

/** Memory of a process in MB: now, and the most since `forgetPeak`. */
function memory(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name) => Number(status.match(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm'))[1]) / 1024;
  return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') };
}

/** Milliseconds that a process has had of any processor. */
function processorTime(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const nanoseconds = threads.map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]));
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6;
}
