// Python's gql, on a script as a partner would write it.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { HERE } from './generate.mjs';
import { scene } from './scene.mjs';

let world;
before(async () => (world = await scene()));
after(() => world?.program.stop());

test('gql checks a document against the schema, pages and subscribes', () => {
  const environment = {
    ...process.env,
    URL: world.program.url,
    SOCKET: world.program.socket,
    TOKEN: world.token,
    STORE: world.store,
    CUSTOMERS: String(world.customers),
    REDEMPTION: world.redemption,
    NO_PROXY: '*',
  };
  const python = join(process.env.FIDELIDADE_VENV, 'bin/python');
  execFileSync(python, [join(HERE, 'partner.py')], { env: environment, stdio: ['ignore', 'inherit', 'inherit'] });
});
