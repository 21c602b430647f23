// Runs Schemathesis against a program with a store in it, and counts what was sent.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSchema } from 'graphql';
import { ROOT, ask, signIn, start } from './program.mjs';

const cases = Number(process.argv[2]);
const schema = buildSchema(readFileSync(join(ROOT, 'schema.graphql'), 'utf8'));
const operations = [schema.getQueryType(), schema.getMutationType()]
  .map((type) => Object.keys(type.getFields()).length)
  .reduce((sum, count) => sum + count);

// Some operations take nothing that could be varied, so that more than a share falls to the others.
const examples = Math.ceil((1.4 * cases) / operations);

const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
const counted = join(folder, 'cases');
// Random documents are large; what is refused by a limit shows nothing about the resolvers. The session outlives a long run.
const program = await start({
  'http.limits.max_tokens': 20_000,
  'http.limits.max_aliases': 1000,
  'http.cost.capacity': 0,
  'access.access_minutes': 600,
});
let failed = true;
try {
  const token = await signIn(program);
  const input = { name: 'Casa Exemplo', idempotencyKey: 'loja' };
  await ask(program, 'mutation ($input: CreateStoreInput!) { createStore(input: $input) { store { id } } }', { input }, token);
  const seed = process.env.SEED ? ['--seed', process.env.SEED] : [];
  const child = spawn(
    'schemathesis',
    ['run', program.url, '--header', `Authorization: Bearer ${token}`, '--phases', 'fuzzing', '--mode', 'all',
      '--exclude-name-regex', '\\.signOut$', '--checks', 'foreseen', '--max-examples', String(examples), '--workers', '2',
      '--continue-on-failure', '--suppress-health-check', 'all', '--request-timeout', '30', '--no-color', ...seed],
    {
      cwd: folder,
      stdio: 'inherit',
      env: { ...process.env, SCHEMATHESIS_HOOKS: join(ROOT, 'tests/audits/hooks.py'), CASES_FILE: counted, NO_PROXY: '*' },
    },
  );
  const code = await new Promise((resolve) => child.once('exit', resolve));
  const sent = readFileSync(counted, 'utf8').length;
  console.log(`${sent} cases for ${operations} operations`);
  const alarmed = program.log().split('\n').filter((line) => / ERROR |panick/.test(line));
  for (const line of alarmed.slice(0, 20)) console.log(line);
  failed = code !== 0 || sent < cases || alarmed.length > 0;
} finally {
  await program.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
